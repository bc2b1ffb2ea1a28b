"""A whole notebook: from the book's source to one that Colab and plain Jupyter show as it is meant."""

from __future__ import annotations

import ast
import copy
import re

from .errors import ConversionError, Place
from .markdown import to_plain
from .parser import ROOT
from .setup_cell import Publication, links_source, set_up_source

# What the book's tags mean to a notebook program. Tags not named here are unknown.
HIDE_CODE = {"hide-input", "hide-cell", "remove-input", "solution"}
DROP = {"remove-cell"}
HIDE_OUTPUT = {"hide-output", "remove-output"}
KEPT = {
    "exercise",
    "keep_output",
    "nbval-check-output",
    "raises-exception",
    "full-width",
    "scroll-output",
}
TAGS = HIDE_CODE | DROP | HIDE_OUTPUT | KEPT


def publish_notebook(source: dict, place: Place, publication: Publication, gpu: bool = False) -> dict:
    """Return the published form of a notebook of the book.

    Markdown becomes plain; two cells at the top say where the notebook comes from and install the
    library; solutions are folded; a chapter whose exercise wants a GPU asks Colab for one.

    Raises:
        ConversionError: syntax, a tag or a path that a published notebook cannot have.
    """
    cells = [
        {
            "cell_type": "markdown",
            "id": "about",
            "metadata": {},
            "source": links_source(publication, place.page, gpu),
        },
        {
            **code_cell("set-up", set_up_source(publication, place.page)),
            "metadata": {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["set-up"]},
        },
    ]
    for number, cell in enumerate(source["cells"]):
        here = Place(place.file, place.page, number)
        made = publish_cell(cell, here, publication)
        if made is not None:
            cells.append(made)
    metadata = copy.deepcopy(source["metadata"])
    metadata["colab"] = {"name": place.page.rsplit("/", 1)[-1] + ".ipynb", "provenance": []}
    if gpu:
        metadata |= {"accelerator": "GPU"}
        metadata["colab"]["gpuType"] = "T4"
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code_cell(name: str, source: str) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def publish_cell(cell: dict, place: Place, publication: Publication) -> dict | None:
    """Return the published form of one cell, or None where the page does not show it and code is not lost."""
    text = "".join(cell["source"])
    metadata = copy.deepcopy(cell.get("metadata", {}))
    tags = set(metadata.get("tags", []))
    if tags - TAGS:
        advice = "teach it to book/make/published/notebook.py"
        raise ConversionError(place, f"unknown tag {sorted(tags - TAGS)}", advice)
    if cell["cell_type"] == "markdown":
        if tags & DROP:
            return None
        plain = to_plain(text, place, publication.names)
        return {"cell_type": "markdown", "id": cell["id"], "metadata": metadata, "source": plain}
    if cell["cell_type"] != "code":
        raise ConversionError(place, f"a {cell['cell_type']} cell", "use Markdown or code")
    check_paths(text, place)
    made = {**code_cell(cell["id"], text), "metadata": metadata}
    if tags & (HIDE_CODE | DROP):  # code that the page does not show may still be needed below: folded
        title = "Solution: unfold to read" if "solution" in tags else "How this number is made"
        made["source"] = f"# @title {title}\n{text}"
        metadata["cellView"] = "form"
        metadata.setdefault("jupyter", {})["source_hidden"] = True
    if tags & (HIDE_OUTPUT | {"remove-cell"}):
        metadata.setdefault("jupyter", {})["outputs_hidden"] = True
    return made


def check_paths(code: str, place: Place) -> None:
    """Refuse code that reads a file of the repository: a published notebook travels alone.

    Raises:
        ConversionError: a text in the code names a file or folder beside the source or in the repository.
    """
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.M)  # magics are not Python
    for node in ast.walk(ast.parse(plain)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w./-]+", node.value)
        ):
            names = node.value.strip("./")
            beside = [(ROOT / place.file).parent / node.value, ROOT / node.value]
            if ("/" in names or "." in names) and any(path.exists() for path in beside):
                advice = "read data through seqrec_lib"
                raise ConversionError(place, f"the code names {node.value}, a file of the repository", advice)
