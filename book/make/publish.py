"""Make the publication: the rendered pages, notebooks for Colab and Jupyter, and the library's wheel.

    make publish OUT=folder REPOSITORY=owner/name [BRANCH=gh-pages] [PAGES=https://...]

``OUT`` is then ready for GitHub Pages and for the branch ``BRANCH`` of the repository: Colab opens
notebooks from a branch, not from a site. Buttons and links point to that repository, that branch and
the site's address; none is written in any source, so a fork publishes itself with nothing edited.
``PAGES`` is the address of the site where it is not ``https://owner.github.io/name/``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

import library_wheel as wheel
from page_names import MARK
from published.errors import ConversionError, Place
from published.leftovers import leftovers
from published.names import Names
from published.notebook import publish_notebook
from published.setup_cell import Publication

import book

RECORD = "publication.json"  # what was published; also the mark of a folder that may be made again
BUTTONS = """<p class="notebook-buttons">
<a class="btn btn-sm btn-outline-primary" href="{colab}">Open in Colab</a>
<a class="btn btn-sm btn-outline-primary" href="{notebook}" download>Download this notebook</a>
<a class="btn btn-sm btn-outline-primary" href="{report}">Report an error</a>
</p>"""


def pages_address(repository: str) -> str:
    """Return where GitHub Pages shows ``owner/name``, with a slash at its end."""
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def wants_gpu(notebook: dict) -> bool:
    """Return whether a notebook has an exercise for a GPU: it then says what its larger run takes."""
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return any("larger_run(" in text for text in code)


def convert(path: Path, publication: Publication) -> dict:
    """Return the published form of the notebook at ``path``.

    Raises:
        ConversionError: the source has something that a published notebook cannot have.
    """
    name = path.relative_to(book.ROOT).as_posix()
    place = Place(name, name.removesuffix(".ipynb"))
    source = json.loads(path.read_text(encoding="utf-8"))
    made = publish_notebook(source, place, publication, wants_gpu(source))
    for number, cell in enumerate(made["cells"]):
        raw = leftovers(cell["source"]) if cell["cell_type"] == "markdown" else []
        if raw:
            raise ConversionError(place, f"MyST is left in published cell {number}: {raw}")
    return made


def write_notebooks(folder: Path, publication: Publication) -> list[Path]:
    """Write the published notebooks into ``folder`` under their pages' names; return their paths."""
    written = []
    for path in book.sources():
        target = folder / path.relative_to(book.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(convert(path, publication), indent=1, ensure_ascii=False)
        target.write_text(text + "\n", encoding="utf-8")
        written.append(target)
    return written


def prepare(out: Path) -> None:
    """Refuse a folder that holds something else than an older publication."""
    if out.exists() and any(out.iterdir()) and not (out / RECORD).is_file():
        sys.exit(f"{out} holds files that were not published: name another folder, or empty this one")


def fill_pages(out: Path, publication: Publication, notebooks: str = "") -> None:
    """Put the buttons on the pages of chapters, and let the theme's download button give what Colab gets.

    Args:
        notebooks: where the published notebooks lie, seen from a page, with a slash at its end.
    """
    for path in book.sources():
        page = path.relative_to(book.ROOT).as_posix().removesuffix(".ipynb")
        file = out / f"{page}.html"
        text = file.read_text(encoding="utf-8")
        if text.count(MARK) != 1:
            sys.exit(f"{file} has no place for the buttons: build the book again (make clean book)")
        buttons = ""
        if publication.repository:
            report = f"https://github.com/{publication.repository}/issues/new?title={quote(f'{page}: ')}"
            colab = publication.colab(page)
            buttons = BUTTONS.format(colab=colab, notebook=f"{path.stem}.ipynb", report=report)
        text = text.replace(MARK, buttons)
        text = re.sub(r'href="[^"]*_sources/[^"]*\.ipynb"', f'href="{notebooks}{path.stem}.ipynb"', text)
        file.write_text(text, encoding="utf-8")
        (out / "_sources" / f"{page}.ipynb").unlink(missing_ok=True)


def front_page(publication: Publication) -> str:
    """Return the README of the publication's branch: every chapter with its page and its badge."""
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    lines = ["# Published notebooks", "", "Made by `make publish`; edit the sources, not these files.", ""]
    lines += ["| Chapter | Notebook |", "| --- | --- |"]
    for path in book.sources():
        page = path.relative_to(book.ROOT).as_posix().removesuffix(".ipynb")
        title = publication.names.data["pages"][page]["title"]
        link = f"[{title}]({publication.names.address(page + '.html')})"
        lines.append(f"| {link} | [![Open in Colab]({badge})]({publication.colab(page)}) |")
    return "\n".join(lines) + "\n"


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, type=Path, help="folder to make")
    parser.add_argument("--repository", required=True, help="owner/name on GitHub")
    parser.add_argument("--branch", default="gh-pages", help="branch that will hold the folder")
    parser.add_argument("--pages", help="address of the site, if it is not GitHub's own")
    found = parser.parse_args(words)
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", found.repository):
        parser.error(f"REPOSITORY should be owner/name, not {found.repository!r}")
    if not re.fullmatch(r"[A-Za-z0-9._/-]+", found.branch):
        parser.error(f"BRANCH should be the name of a branch, not {found.branch!r}")
    found.pages = (found.pages or pages_address(found.repository)).rstrip("/") + "/"
    return found


def main(words: list[str] | None = None) -> int:
    asked = parse(sys.argv[1:] if words is None else words)
    prepare(asked.out)
    status = book.main()
    if status:
        return status
    built = wheel.build_wheel(book.BUILD / "wheel")
    head = wheel.commit()
    address = f"{asked.pages}wheel/{built.name.replace('+', '%2B')}"
    fallback = [f"git+https://github.com/{asked.repository}@{head}"] if head else []
    if not head:
        print("note: these sources are no commit, so the notebooks install the wheel of the site or nothing")
    names = Names.read(book.BUILD / "names.json", asked.pages)
    publication = Publication(names, wheel.version(), (address, *fallback), asked.repository, asked.branch)
    shutil.rmtree(asked.out, ignore_errors=True)
    shutil.copytree(book.BUILD / "html", asked.out)
    notebooks = write_notebooks(asked.out, publication)
    fill_pages(asked.out, publication)
    (asked.out / "wheel").mkdir()
    shutil.copy(built, asked.out / "wheel")
    (asked.out / ".nojekyll").touch()  # or GitHub Pages would leave out folders such as _static
    (asked.out / "README.md").write_text(front_page(publication), encoding="utf-8")
    record = {
        "repository": asked.repository,
        "branch": asked.branch,
        "pages": asked.pages,
        "commit": head,
        "version": publication.version,
        "wheel": {"file": f"wheel/{built.name}", "sha256": hashlib.sha256(built.read_bytes()).hexdigest()},
        "notebooks": [path.relative_to(asked.out).as_posix() for path in notebooks],
    }
    (asked.out / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in asked.out.rglob("*") if path.is_file())
    print(f"The publication is in {asked.out}: {size / 1e6:.0f} MB, {len(notebooks)} notebooks, {built.name}")
    print(f"Its pages will be at {asked.pages}, its notebooks on the branch {asked.branch}.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConversionError as error:
        sys.exit(str(error))
