"""What the tests found out about each page, for people: ``_build/report/pages.json`` and ``.md``."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from rendered import ROOT, pages

FOLDER = ROOT / "_build" / "report"
SEVERITIES = ("critical", "serious", "moderate", "minor")
FOUND: dict[str, dict] = {}
MODEL: dict[str, object] = {}
COLUMNS = {
    "outside": "requests outside",
    "errors": "errors",
    "formulas": "formulas (source = drawn)",
    "figures": "figures with words",
    "first_view_kB": "first view, kB compressed",
    "interactive_s": "interactive, s",
    "busy_s": "of these busy, s",
    "accessibility": "findings " + "/".join(SEVERITIES),
    "links_inside": "links inside",
    "links_outside": "links outside",
}


def note(page: str, **values: object) -> None:
    """Keep ``values`` for the row of ``page``."""
    FOUND.setdefault(page, {}).update(values)


def as_markdown() -> str:
    """The report as a table, one row a page, a dash where a test did not run."""
    lines = ["# Pages", "", "| page | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("| --- |" + " --- |" * len(COLUMNS))
    for page in pages():
        row = [str(FOUND.get(page, {}).get(name, "–")) for name in COLUMNS]
        lines.append(f"| {page.removeprefix('book/')} | " + " | ".join(row) + " |")
    if MODEL:
        lines += ["", "# The model in the page", ""]
        lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in MODEL.items()]
    notes = [f"- {page}: {text}" for page, row in FOUND.items() for text in row.get("notes", [])]
    if notes:
        lines += ["", "# Notes", "", *notes]
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write both files, if any test left something to say; a part of the tests adds to what others found.

    What was found on another build of the book is left behind.
    """
    if not FOUND and not MODEL:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    state, before = ROOT / "_build" / "book.json", FOLDER / "pages.json"
    build = json.loads(state.read_text(encoding="utf-8"))["inputs"] if state.is_file() else ""
    if before.is_file():
        old = json.loads(before.read_text(encoding="utf-8"))
        if old.get("build") == build:
            for page, row in old["pages"].items():
                FOUND[page] = {**row, **FOUND.get(page, {})}
            MODEL.update({name: value for name, value in old["model_in_page"].items() if name not in MODEL})
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    data = {"made": made, "build": build, "pages": FOUND, "model_in_page": MODEL}
    (FOLDER / "pages.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "pages.md").write_text(as_markdown(), encoding="utf-8")
