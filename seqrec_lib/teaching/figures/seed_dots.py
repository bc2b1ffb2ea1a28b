"""Our runs beside a published figure: one dot a run."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...messages import message
from .labels import legend_above, row_height, wrapped
from .picture import BLUE, ORANGE, Picture, in_style, new_figure, show


@in_style
def seed_dots(
    rows: Sequence[tuple[str, Sequence[float], tuple[float, float] | None, float | None]],
    metric: str = "NDCG@10",
) -> Picture:
    """One line for each name: a dot for each run, the interval of their mean, and a published figure.

    Args:
        rows: ``(name, runs, (low, high) or None, published or None)``; one run alone has no interval.
    """
    figure, axes = new_figure(height=1.3 + row_height([name for name, *_ in rows], 0.42) * len(rows))
    ends: list[float] = []
    labelled: set[str] = set()

    def once(label: str) -> str | None:
        fresh = label not in labelled
        labelled.add(label)
        return label if fresh else None

    for y, (_, runs, interval, published) in enumerate(rows):
        if interval is not None:
            name = once(message("95% interval over runs"))
            axes.plot(interval, [y, y], color=BLUE, linewidth=6, alpha=0.3, solid_capstyle="butt", label=name)
        axes.plot(
            runs,
            [y] * len(runs),
            "o",
            color=BLUE,
            markersize=4,
            linestyle="",
            label=once(message("our runs")),
        )
        if published is not None:
            name = once(message("published"))
            axes.plot(published, y, "D", color=ORANGE, markersize=6, linestyle="", label=name)
        ends += [*runs, *(interval or ()), *([] if published is None else [published])]
    axes.set_yticks(range(len(rows)), [wrapped(name) for name, *_ in rows])
    space = 0.06 * (max(ends) - min(ends) or 1.0)
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(min(ends) - space, max(ends) + space)
    legend_above(figure)
    return show(figure, _said(rows, metric), _table(rows))


def _said(rows: Sequence[tuple], metric: str) -> str:
    parts = []
    for name, runs, _, published in rows:
        mean = sum(runs) / len(runs)
        theirs = message("none published") if published is None else message("published {p:.3f}", p=published)
        parts.append(message("{name}: {n} runs, mean {mean:.3f}, {theirs}", name=name, n=len(runs),
                             mean=mean, theirs=theirs))  # fmt: skip
    return message("Dots on a scale of {metric}, one line for each name. {said}.", metric=metric,
                   said="; ".join(parts))  # fmt: skip


def _table(rows: Sequence[tuple]) -> pd.DataFrame:
    columns = ["name", "runs", "mean", "low", "high", "published"]
    lines = [
        (
            name,
            len(runs),
            sum(runs) / len(runs),
            *(interval or ("–", "–")),
            "–" if published is None else published,
        )
        for name, runs, interval, published in rows
    ]
    return pd.DataFrame(lines, columns=[message(column) for column in columns])
