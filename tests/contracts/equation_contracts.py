"""Contracts: what an equation in the book says is what the library computes.

A contract is a function that takes one argument, what it checks, and asserts that it agrees with a
naive transcription of the equation. Beside it stand perturbations: the same thing with a mistake in
it. The suite runs the contract on the library, where it must hold, and on each perturbation, where
it must fail; a contract that no mistake can break proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "book"
KINDS = ("code", "identity", "montecarlo", "definition")
LABEL = r"eq-[a-z0-9-]+"


@dataclass(frozen=True)
class Contract:
    """One equation's contract.

    Attributes:
        label: of the equation in the book. kind: ``code`` (library against a transcription),
            ``identity`` (two sides that must agree), ``montecarlo`` (a mean over draws within its
            error), ``definition`` (says what a name means).
        check: asserts. library: what the book uses. perturb: name to the same with a mistake.
    """

    label: str
    kind: str
    check: Callable[[Callable], None]
    library: Callable
    perturb: dict[str, Callable]


CONTRACTS: dict[str, Contract] = {}


def contract(
    label: str, *, kind: str, library: Callable, perturb: dict[str, Callable], into: dict | None = None
) -> Callable:
    """Register the decorated function as the contract of the equation ``label``.

    Raises:
        ValueError: a bad label or kind, no perturbation, or a second contract for a label.
    """
    home = CONTRACTS if into is None else into
    if not re.fullmatch(LABEL, label):
        raise ValueError(f"{label!r} is no equation label: write eq- and small letters")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
    if not perturb:
        raise ValueError(f"{label} has no perturbation: show that its contract can fail")
    if label in home:
        raise ValueError(f"{label} has a contract already")

    def register(check: Callable[[Callable], None]) -> Callable[[Callable], None]:
        home[label] = Contract(label, kind, check, library, dict(perturb))
        return check

    return register


def markdown_of(notebook: Path) -> str:
    """The Markdown cells of a notebook, one after the other; fenced code that is no maths is cut out."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"^```(?!\{math\}).*?^```", "", text, flags=re.M | re.S)


def equations_in(text: str) -> list[str | None]:
    """The label of each display equation in MyST text, in order; None where it has none.

    Three forms: ``$$ … $$ (eq-name)``, a ``{math}`` directive with ``:label: eq-name``, and AMS
    environments, which cannot carry a MyST label and so count as unlabelled.
    """
    found: list[tuple[int, str | None]] = []
    math = re.compile(r"^```\{math\}[^\n]*\n(.*?)^```", flags=re.M | re.S)
    for block in math.finditer(text):
        label = re.search(rf"^:label:\s*({LABEL})\s*$", block[1], flags=re.M)
        found.append((block.start(), label and label[1]))
    text = math.sub(lambda block: " " * len(block[0]), text)
    dollars = re.compile(rf"\$\$.+?\$\$(?:[ \t]*\(({LABEL})\))?", flags=re.S)
    found += [(block.start(), block[1]) for block in dollars.finditer(text)]
    text = dollars.sub(lambda block: " " * len(block[0]), text)
    found += [
        (block.start(), None) for block in re.finditer(r"\\begin\{(?:equation|align|gather)\*?\}", text)
    ]
    return [label for _, label in sorted(found)]


def book_labels(book: Path = BOOK) -> dict[str, list[str | None]]:
    """Notebook name to the labels of its display equations."""
    return {path.name: equations_in(markdown_of(path)) for path in sorted(book.glob("*.ipynb"))}


def disagreements(labels: dict[str, list[str | None]], contracts: dict[str, Contract]) -> list[str]:
    """What is wrong between book and contracts, in words; an empty list when all is well."""
    named = [label for found in labels.values() for label in found if label]
    wrong = [f"{name}: a display equation has no label" for name, found in labels.items() if None in found]
    wrong += [
        f"{label}: in the book, but it has no contract" for label in sorted(set(named) - set(contracts))
    ]
    wrong += [f"{label}: it has a contract, but no equation" for label in sorted(set(contracts) - set(named))]
    wrong += [
        f"{label}: it labels two equations" for label in sorted({n for n in named if named.count(n) > 1})
    ]
    return wrong
