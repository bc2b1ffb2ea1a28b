"""A Sphinx extension of this book: write down what the rendered pages call things.

After a build, ``names.json`` beside the folder of the pages holds, for the programs that make
notebooks for Colab and plain Jupyter:

- ``pages``: each page's title and the kind of file it came from, and the anchors on it;
- ``equations``: for each label its page, its anchor and its number as the page prints it;
- ``numbered``: for each anchor of a figure, table or exercise with a number, that number;
- ``labels``: for each label that text can refer to, its page and anchor;
- ``roles``: for each page and each role that refers to something, as written, the words and links
  that Sphinx put in its place.

So a number or a link in a published notebook is the page's own, not one that was counted again.

The same extension marks the place under a chapter's title where ``make publish`` puts its buttons. A
build without ``make publish`` leaves the mark, which readers do not see: no button is dead.
"""

from __future__ import annotations

import json
import posixpath
from pathlib import Path

from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

MARK = "<!-- buttons -->"


def from_root(page: str, uri: str) -> str:
    """Return ``uri``, as it stands on ``page``, seen from the root of the site."""
    if "://" in uri or uri.startswith("mailto:"):
        return uri
    path, hash_, anchor = uri.partition("#")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page + ".html"
    return whole + hash_ + anchor


def words(node: nodes.Node, page: str, link: str = "") -> list[dict]:
    """Return what a reader sees of ``node``: a list of pieces of Markdown, each with its link or ""."""
    if isinstance(node, nodes.reference):
        uri = node["refuri"] if "refuri" in node else f"#{node['refid']}"  # an empty one is this page
        link = from_root(page, uri)
    if isinstance(node, nodes.math):
        return [{"text": f"${node.astext()}$", "link": link}]
    if isinstance(node, nodes.Text):
        return [{"text": node.astext(), "link": link}]
    pieces = [piece for child in node.children for piece in words(child, page, link)]
    marks = {nodes.strong: "**", nodes.literal: "`"}  # emphasis is how Sphinx dresses a term: not kept
    mark = next((sign for kind, sign in marks.items() if isinstance(node, kind)), "")
    return [{**piece, "text": mark + piece["text"] + mark} for piece in pieces]


def resolve_alone(xref: addnodes.pending_xref, page: str, app: Sphinx) -> list[dict]:
    """Return the words and links that Sphinx puts in the place of one reference."""
    document = new_document(page)
    document.settings.env = app.env
    paragraph = nodes.paragraph("", "", xref.deepcopy())
    document += paragraph
    app.env.resolve_references(document, page, app.builder)  # the theme adds scripts beside the paragraph
    pieces: list[dict] = []
    for piece in words(paragraph, page):
        if pieces and pieces[-1]["link"] == piece["link"]:
            pieces[-1]["text"] += piece["text"]
        else:
            pieces.append(piece)
    return pieces


def number_text(number: tuple[int, ...]) -> str:
    return ".".join(map(str, number))


def collect(app: Sphinx, env: BuildEnvironment) -> dict:
    """Return all names of a finished build."""
    pages, roles, equations = {}, {}, {}
    for page in sorted(env.found_docs):
        doctree = env.get_doctree(page)
        anchors = sorted({i for node in doctree.findall(nodes.Element) for i in node.get("ids", [])})
        title = env.titles[page].astext()
        pages[page] = {"title": title, "kind": Path(env.doc2path(page)).suffix, "anchors": anchors}
        roles[page] = {
            xref.rawsource: resolve_alone(xref, page, app)
            for xref in doctree.findall(addnodes.pending_xref)
            if xref.rawsource.startswith(":")
        }
    numbers = {
        page: {anchor: number_text(n) for kind in kinds.values() for anchor, n in kind.items()}
        for page, kinds in env.toc_fignumbers.items()
    }
    for label, (page, serial) in env.domaindata["math"]["objects"].items():
        anchor = nodes.make_id(f"equation-{label}")
        equations[label] = {"page": page, "anchor": anchor, "number": numbers[page].get(anchor, str(serial))}
    standard = env.domaindata["std"]
    found = standard["anonlabels"].items()
    labels = {name: {"page": page, "anchor": a} for name, (page, a) in found if page in pages}
    return {"pages": pages, "equations": equations, "numbered": numbers, "labels": labels, "roles": roles}


def write_names(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.name == "html":
        text = json.dumps(collect(app, app.env), indent=1, sort_keys=True, ensure_ascii=False)
        (Path(app.outdir).parent / "names.json").write_text(text + "\n", encoding="utf-8")


def mark_place(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Mark the place under the title of a page that was made from a notebook."""
    if doctree is not None and app.env.doc2path(page).endswith(".ipynb"):
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{MARK}", 1)


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", write_names)
    app.connect("html-page-context", mark_place)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
