"""Pictures of recurrent encoders: fading gradients, what is left of a history, memory by distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, NullFormatter

from ...messages import message
from ..names import display_name
from ..prose import RAISED
from .lines import MOST_LINES, draw_lines
from .picture import BLUE, GREEN, GREY, ORANGE, Picture, in_style, new_figure, show
from .result_pictures import draw_point


def _power_of_ten(value: float, _place: int) -> str:
    """``0.01`` as it is, and ``10⁻⁷`` with small figures: the style leaves formulas unread."""
    power = round(np.log10(value))
    return f"10{str(power).translate(RAISED)}" if abs(power) > 2 else f"{value:g}"


@in_style
def fading(lines: Mapping[str, Sequence[float]], up: str, marks: Sequence[int] = ()) -> Picture:
    """Sizes by distance on a logarithmic axis, one line a name; entry 0 of a line is distance 1.

    Args:
        lines: five names at most, of one length. up: what the sizes are. marks: distances to point at.

    Raises:
        ValueError: no line, more than five, or lines of different lengths.
    """
    if not 1 <= len(lines) <= MOST_LINES or len({len(line) for line in lines.values()}) != 1:
        raise ValueError(f"give one to {MOST_LINES} lines of one length")
    figure, axes = new_figure(height=4.0)
    axes.set(xlabel=message("events back"), ylabel=up, yscale="log")
    distance = range(1, len(next(iter(lines.values()))) + 1)
    lines = {display_name(name): line for name, line in lines.items()}
    every = max(1, len(distance) // 8)
    draw_lines(axes, distance, lines, every)
    axes.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))
    axes.yaxis.set_minor_formatter(NullFormatter())
    for mark in marks:
        axes.axvline(mark, color=GREY, linestyle=":", linewidth=1)
    figure.legend(loc="outside lower center", ncols=2)
    said = "; ".join(
        message("{name} from {first:.2g} to {last:.2g}", name=name, first=line[0], last=line[-1])
        for name, line in lines.items()
    )
    alt = message(
        "Lines of {up} on a logarithmic axis, 1 to {far} events back: {said}.",
        up=up,
        far=distance[-1],
        said=said,
    )
    return show(figure, alt, pd.DataFrame({message("events back"): distance, **lines}))


@in_style
def left_of_history(
    titles: Sequence[str], let_in: Sequence[float], kept: Sequence[float], left: Sequence[float], cause: int
) -> Picture:
    """Gates over a history, and how much of each event is left in the last cell; the newest stands below.

    Args:
        titles: of the events, oldest first. let_in, kept: mean input and forget gate at each.
        left: size of each event's part of the last cell. cause: the event that called for the next one.
    """
    figure, (gates, parts) = new_figure(6.2, 0.9 + 0.27 * len(titles), ncols=2, sharey=True)
    rows = range(len(titles))
    gates.plot(let_in, rows, "D", color=ORANGE, markersize=4.5, label=message("let in"))
    gates.plot(kept, rows, "o", color=BLUE, markersize=5, label=message("kept"))
    gates.set(
        xlabel=message("mean of a gate"), xlim=(0, 1), xticks=(0, 0.5, 1), ylim=(len(titles) - 0.4, -0.6)
    )
    gates.set_yticks(rows, [title if len(title) < 29 else title[:27] + "…" for title in titles])
    colours = [GREEN if row == cause else GREY for row in rows]
    bars = parts.barh(rows, left, color=colours)
    bars[cause].set(hatch="//", edgecolor="white")
    parts.set(xlabel=message("left in the cell"))
    figure.legend(loc="outside upper center", ncols=2)
    alt = message(
        "Two panels, {n} events, newest below. Left: mean input gates from {a:.2f} to {b:.2f}, mean forget "
        "gates from {c:.2f} to {d:.2f}. Right: how much of each event is left in the last cell; most of "
        "{most}. The event that called for the next one, {cause}, is marked.",
        n=len(titles),
        a=min(let_in),
        b=max(let_in),
        c=min(kept),
        d=max(kept),
        most=titles[int(np.argmax(left))],
        cause=titles[cause],
    )
    table = pd.DataFrame(
        {
            message("event"): titles,
            message("let in"): let_in,
            message("kept"): kept,
            message("left in the cell"): left,
        }
    )
    return show(figure, alt, table)


@in_style
def by_lag(
    rows: Mapping[str, Mapping[str, tuple[float, float, float]]], ceiling: float, metric: str = "NDCG@10"
) -> Picture:
    """Models in rows, one point for each lag, with its interval; the ceiling is a line.

    Args:
        rows: name of a model to lag to ``(value, low, high)``; three lags at most, some may lack.
        ceiling: of all lags.
    """
    lags = list(dict.fromkeys(lag for points in rows.values() for lag in points))
    figure, axes = new_figure(height=1.4 + 0.45 * len(rows))
    looks = {
        lag: look
        for lag, look in zip(lags, ((BLUE, "o", -0.18), (ORANGE, "D", 0.0), (GREY, "^", 0.18)), strict=False)
    }
    for y, points in enumerate(rows.values()):
        for lag, point in points.items():
            colour, marker, away = looks[lag]
            draw_point(axes, y + away, point, colour, marker)
    for lag, (colour, marker, _) in looks.items():
        axes.plot([], [], marker, color=colour, label=message("{lag} events back", lag=lag))
    axes.axvline(ceiling, color=GREEN, linewidth=1.8)
    axes.annotate(message("ceiling {x:.3f}", x=ceiling), (ceiling, 1), xycoords=("data", "axes fraction"),
                  xytext=(0, 3), textcoords="offset points", ha="center", va="bottom")  # fmt: skip
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(0, ceiling * 1.12)
    figure.legend(loc="outside lower center", ncols=2)
    said = "; ".join(
        name + ": " + ", ".join(f"{lag} {value:.3f}" for lag, (value, *_) in points.items())
        for name, points in rows.items()
    )
    alt = message(
        "Points on a scale of {metric}, one for each distance of the cause. {said}. Ceiling {ceiling:.3f}.",
        metric=metric,
        said=said,
        ceiling=ceiling,
    )
    flat = [(name, lag, *point) for name, points in rows.items() for lag, point in points.items()]
    columns = [message("model"), message("events back"), metric, message("low"), message("high")]
    return show(figure, alt, pd.DataFrame(flat, columns=columns))
