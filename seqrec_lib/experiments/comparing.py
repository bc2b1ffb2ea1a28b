"""Two models or more on the same cases: every pair as a paired difference, in numbers and as a picture.

Sizes: ``M`` models, each with one run or several; ``M (M - 1) / 2`` pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ..evaluation import Evaluation, paired_difference
from ..evaluation.decisions import compare_runs
from ..evaluation.resampling import Difference
from ..files import replace_file
from ..messages import InputError

LEVEL = 0.95
SAMPLES = 2000
PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Pair:
    """How far model ``a`` is above model ``b``, by their places from 0; metric to its difference."""

    a: int
    b: int
    differences: dict[str, Difference]

    @property
    def name(self) -> str:
        """``A - B``."""
        return f"{letter(self.a)} - {letter(self.b)}"


def letter(place: int) -> str:
    """``A`` for the first model, ``B`` for the second; ``A1`` and so on after ``Z``."""
    return chr(ord("A") + place % 26) + (str(place // 26) if place >= 26 else "")


def compare_models(
    models: Sequence[Sequence[Evaluation]], names: Sequence[str], level: float = LEVEL
) -> list[Pair]:
    """Every pair of ``models``, each given by its runs, on the same cases.

    With more than one pair each interval is wider than ``level``, so that with that probability all of a
    metric hold together (Bonferroni: 1 - level is divided by the number of pairs).

    Args:
        models: ``M`` lists of evaluations, one a run. names: the metrics.

    Raises:
        InputError: fewer than two models, or runs of different cases.
    """
    if len(models) < 2:
        raise InputError("one model cannot be compared: give two or more")
    pairs = list(combinations(range(len(models)), 2))
    each = 1 - (1 - level) / len(pairs)
    return [
        Pair(a, b, {name: _difference(models[a], models[b], name, each, len(pairs)) for name in names})
        for a, b in pairs
    ]


def _difference(
    a: Sequence[Evaluation], b: Sequence[Evaluation], name: str, level: float, pairs: int
) -> Difference:
    """One run each: over users alone, who may have several cases. Several: over users and runs."""
    if len(a) == len(b) == 1:
        samples = SAMPLES * min(pairs, 5)  # the ends of wider intervals lie further out
        return paired_difference(a[0], b[0], name, level, samples=samples)
    return compare_runs(a, b, name, level).difference


def plot_differences(pairs: Sequence[Pair], labels: Sequence[str], path: Path | str, title: str = "") -> None:
    """A picture of all differences: a panel a metric, a dot with its interval a pair, a line at 0.

    Args:
        labels: of the models, in their order. path: a .png, .svg or .pdf file.

    Raises:
        InputError: a file of another kind.
    """
    if Path(path).suffix not in PICTURES:
        raise InputError(f"{path}: the name must end in {', '.join(PICTURES)}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    metrics = list(pairs[0].differences)
    figure = Figure(figsize=(3.2 * len(metrics) + 1.2, 1.6 + 0.42 * len(pairs) + 0.2 * len(labels)))
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    rows = range(len(pairs))
    for panel, name in zip(panels, metrics, strict=True):
        found = [pair.differences[name] for pair in pairs]
        ends = [[d.mean - d.low for d in found], [d.high - d.mean for d in found]]
        panel.errorbar([d.mean for d in found], list(rows), xerr=ends, fmt="o", color="#1f77b4", capsize=3)
        panel.axvline(0, color="0.5", linewidth=1)
        panel.set_xlabel(f"difference of {name}")
        panel.set_yticks(list(rows), [pair.name for pair in pairs])
        panel.margins(x=0.1, y=0.25)
    panels[0].invert_yaxis()
    level = 1 - (1 - found[0].level) * len(pairs)
    key = "\n".join(f"{letter(n)}: {label}" for n, label in enumerate(labels))
    figure.suptitle(title, fontsize=10)
    figure.supxlabel(f"{key}\ndots: means of paired differences; lines: {level:.0%} intervals", fontsize=8)
    figure.tight_layout()
    kind = Path(path).suffix.removeprefix(".")
    replace_file(path, lambda temporary: figure.savefig(temporary, format=kind, dpi=150))
