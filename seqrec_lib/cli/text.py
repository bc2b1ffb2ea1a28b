"""Tables for the terminal and for files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..files import replace_file


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write ``frame`` as CSV or, by the name's ending, as Parquet, without its index."""
    if path.suffix == ".csv":
        replace_file(path, lambda temporary: frame.to_csv(temporary, index=False))
    else:
        replace_file(path, lambda temporary: frame.to_parquet(temporary, index=False))


def table(head: Sequence[str], rows: Sequence[Sequence[object]], left: int = 1) -> str:
    """Columns under ``head``; the first ``left`` columns are text, the others numbers, set right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    lines = []
    for row in cells:
        parts = [
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def shown_metrics(metrics: dict[str, float]) -> list[str]:
    """The metrics worth a column: HR, NDCG and coverage at 10 (or the largest smaller k), and MRR."""
    ks = sorted(int(name.partition("@")[2]) for name in metrics if name.startswith("HR@"))
    k = max([k for k in ks if k <= 10] or ks[:1])
    return [name for name in (f"HR@{k}", f"NDCG@{k}", "MRR", f"coverage@{k}") if name in metrics]


def metrics_table(rows: dict[str, dict[str, float]]) -> str:
    """One line a ranking, one column a metric; a metric that a ranking lacks is a dash."""
    names = shown_metrics(next(iter(rows.values())))
    body = [
        [label, *(f"{found[name]:.4f}" if name in found else "-" for name in names)]
        for label, found in rows.items()
    ]
    return table(["", *names], body)


_ASKED = {
    "loo": "each user's last item is asked for",
    "given": "each item of the test file is asked for",
    "temporal-successive": "each item after the moment of the split is asked for",
}


def protocol_in_words(protocol: str) -> str:
    """What ``loo-full-unseen`` and its like mean; nothing for a protocol of another kind."""
    if protocol == "clicks-new-users":
        return "clicks of users who were not trained on: 80% of users train, 10% choose the epoch, 10% test"
    how, _, rivals = protocol.rpartition("-full-")
    among = {"unseen": "all items that are not in the user's history", "repeats": "all items"}.get(rivals)
    return f"{_ASKED[how]}, among {among}" if among and how in _ASKED else ""
