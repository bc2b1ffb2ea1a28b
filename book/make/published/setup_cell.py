"""The first cells of a published notebook: where it comes from, and the library it needs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .names import Names

SET_UP = """# @title Set-up: run this cell first
# Installs seqrec_lib {version}, the book's library, where it is missing. In Colab: under a minute.
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

VERSION = {version_text}
SOURCES = {sources}
MORE = {more}  # what this chapter uses besides


def installed():
    try:
        return importlib.metadata.version("seqrec_lib")
    except importlib.metadata.PackageNotFoundError:
        return None


if installed() != VERSION:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade-strategy", "only-if-needed"]
    if not any(subprocess.run([*pip, source]).returncode == 0 for source in SOURCES):
        raise RuntimeError(f"seqrec_lib could not be installed from {{SOURCES}}: see what pip says above")
    if MORE and subprocess.run([*pip, *MORE]).returncode != 0:
        print("not installed:", *MORE, "- the cells that need them say so")
    # With it, views talk to Python; without it, they work as on the page.
    subprocess.run([*pip, "anywidget>=0.9"], capture_output=True)
if Path("seqrec-data").is_dir():  # data of your own, such as ml-100k.zip, go beside the notebook
    os.environ.setdefault("SEQREC_DATA", str(Path("seqrec-data").resolve()))
print("seqrec_lib", installed(), "on Python", sys.version.split()[0])
"""

# What a chapter uses besides the library's own packages: parts of the extra `practice`, with its floors.
PRACTICE = {
    "book/07_heads_and_clicks": ("scikit-learn>=1.4",),
    "book/08_two_stages": ("faiss-cpu>=1.8", "usearch>=2.15"),
    "book/13_training_well": ("optuna>=4.0", "scipy>=1.11"),
    "book/14_interpretability": ("captum>=0.7",),
    "book/18_small_and_deployed": ("torchao>=0.11",),
    "book/18b_serving": (
        "fastapi>=0.110",
        "onnx>=1.16",
        "onnxruntime>=1.18",
        "onnxscript>=0.3",
        "uvicorn>=0.29",
    ),
    "book/20_scale": ("duckdb>=1.3",),
    "book/19_privacy": ("opacus>=1.5",),
    "book/16_several_goals": ("torchjd>=0.7",),
}


@dataclass(frozen=True)
class Publication:
    """Where a publication lives and what it was built from.

    Attributes:
        names: names and address of the pages. version: of the wheel, with the commit in it.
        sources: what pip can install the library from, best first.
        repository: ``owner/name`` or "" (an archive for a class has none). branch: of the notebooks.
    """

    names: Names
    version: str
    sources: tuple[str, ...]
    repository: str = ""
    branch: str = ""

    def colab(self, page: str) -> str:
        """Return the address that opens the notebook of ``page`` in Colab, or "" without a repository."""
        if not self.repository:
            return ""
        place = f"{self.repository}/blob/{self.branch}/{page}.ipynb"
        return f"https://colab.research.google.com/github/{place}"


def set_up_source(publication: Publication, page: str) -> str:
    return SET_UP.format(
        more=json.dumps(list(PRACTICE.get(page, ()))),
        version=publication.version,
        version_text=json.dumps(publication.version),
        sources=json.dumps(list(publication.sources)),
    ).rstrip("\n")


def links_source(publication: Publication, page: str, gpu: bool) -> str:
    """Return the Markdown above the set-up cell: the page, Colab, and the GPU where one helps."""
    title = publication.names.data["pages"][page]["title"]
    links = [f"[The page of this chapter]({publication.names.address(page + '.html')})"]
    if publication.repository:
        links.append(f"[Open in Colab]({publication.colab(page)})")
    text = f"*{title}*: a notebook of the book. " + " · ".join(links)
    if gpu:
        text += (
            "\n\nThe last exercise is larger. In Colab: Runtime, Change runtime type, T4 GPU. "
            "All the rest runs on a CPU."
        )
    return text
