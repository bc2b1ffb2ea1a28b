"""Verdicts on parts of items: what the rows of `ads` have shown."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _apart(one: str, other: str, key: str) -> str:
    """What the interval of the mean difference over runs says, seed by seed."""
    rows = load_results("modalities").where(part="parts", world="ads")
    found = [
        {"test": {"gap": row["test"][key] - rows.where(variant=other, seed=row["seed"]).mean(key)}}
        for row in rows.where(variant=one).rows
    ]
    return decided(*Results("gaps", found).interval("gap"))


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"


def _wrong(right: str) -> dict[str, str]:
    return dict.fromkeys([word for word in (YES, NO, OPEN) if word != right], _INTERVAL)


EXERCISE = Reading(
    name="what-parts-brought",
    sentences=(
        Sentence(lambda: _apart("text", "id", "cold"), _wrong(YES)),
        Sentence(lambda: _apart("text", "id", "warm"), _wrong(NO)),
        Sentence(lambda: _apart("all, attention", "all, sum", "warm"), _wrong(OPEN)),
        Sentence(
            lambda: OPEN,
            dict.fromkeys((YES, NO), "Which rows are about a real shop, and about its pictures?"),
        ),
    ),
    hints=(
        "For each sentence find the two rows of the figure that it compares, and the kind of target.",
        "A difference whose interval holds 0 decides nothing, and no row is about what was not measured.",
    ),
)
