"""Find out which sizes of an exported graph are frozen, by running it."""

from __future__ import annotations

from dataclasses import dataclass

from ..exercise import Exercise, Mutant, Probe


@dataclass(repr=False)
class Exported:
    """Stands for an exported graph: ``(rows, steps)`` in, the rows and columns of the answer out.

    ``rows``, ``steps``: the traced sizes that are frozen, 0 where a size is free. ``silent``: an answer of
    the traced number of rows comes back where another raises ValueError. ``least``: fewer steps are refused.
    """

    rows: int = 0
    steps: int = 0
    silent: bool = False
    least: int = 1

    def __repr__(self) -> str:
        return "an exported graph"

    def __call__(self, rows: int, steps: int) -> tuple[int, int]:
        if steps < self.least or (self.steps and steps != self.steps):
            raise ValueError("got invalid dimensions for input: items")
        if self.rows and rows != self.rows and not self.silent:
            raise ValueError("got invalid dimensions for input: items")
        return (self.rows or rows, 11)


def _frozen(run, rows, steps, *, apart=True, look=True, more=True) -> list[str]:
    other_rows, other_steps = (rows + 2, steps + 3) if more else (rows, steps)

    def fits(r: int, t: int) -> bool:
        try:
            answer = run(r, t)
        except ValueError:
            return False
        return answer[0] == r or not look

    if not apart:
        return [] if fits(other_rows, other_steps) else ["rows", "steps"]
    found = []
    if not fits(other_rows, steps):
        found.append("rows")
    if not fits(rows, other_steps):
        found.append("steps")
    return found


def frozen_axes(run, rows: int, steps: int) -> tuple[bool, bool]:
    """run: a function, rows, steps: int. Returns (rows frozen, steps frozen)."""
    return _flags(_frozen(run, rows, steps))


def _flags(names: list[str]) -> tuple[bool, bool]:
    return "rows" in names, "steps" in names


def _known(**changes):
    return lambda run, rows, steps: _flags(_frozen(run, rows, steps, **changes))


def _turned(run, rows, steps):
    return frozen_axes(run, rows, steps)[::-1]


def _free(run, rows, steps):
    rows_frozen, steps_frozen = frozen_axes(run, rows, steps)
    return not rows_frozen, not steps_frozen


def _probes() -> list[Probe]:
    return [
        Probe("a graph whose rows are frozen, with an error", (Exported(rows=3), 3, 5)),
        Probe("a graph whose rows are frozen in silence", (Exported(rows=4, silent=True), 4, 6)),
        Probe("a graph whose steps are frozen", (Exported(steps=7), 2, 7)),
        Probe("a graph with both sizes free", (Exported(), 3, 9)),
        Probe("a graph with both frozen, rows in silence", (Exported(rows=5, steps=8, silent=True), 5, 8)),
        Probe("a free graph that needs as many steps as were traced", (Exported(least=6), 12, 6)),
    ]


EXERCISE = Exercise(
    name="frozen-axes",
    reference=frozen_axes,
    probes=_probes,
    mutants=(
        Mutant(
            "traced-size",
            "At the traced sizes every graph works. Ask for a size that it has not seen.",
            _known(more=False),
        ),
        Mutant(
            "both-at-once",
            "Where both sizes change at once, one frozen size puts the blame on both. Change one at a time.",
            _known(apart=False),
        ),
        Mutant(
            "errors-alone",
            "A frozen size need not raise an error. How many rows came back, and how many went in?",
            _known(look=False),
        ),
        Mutant("turned-round", "The two answers have changed places: rows first.", _turned),
        Mutant("free-for-frozen", "This says which sizes are free. The question is which are frozen.", _free),
    ),
    hints=(
        "Keep one size as it was traced and change the other. Then the other way round.",
        "An answer that comes back may have the wrong number of rows. Larger sizes are always allowed.",
    ),
)
