"""Verdicts on the rows of longer histories: what they cost, by form of positions."""

from __future__ import annotations

from ....results import Results, load_results
from ...widgets.longer_histories import NAMES, figures_at
from ..reading import NO, OPEN, YES, Reading, Sentence

TRAINED, ASKED = 24, 40


def _asked(form: str, kept: int = ASKED) -> Results:
    return figures_at(load_results("time_places").rows, form, TRAINED, kept)


def _lost(form: str) -> float:
    return _asked(form, TRAINED).mean() - _asked(form).mean()


EXERCISE = Reading(
    name="what-longer-costs",
    sentences=(
        Sentence(
            lambda: YES if max(NAMES, key=_lost) == "start" else NO,
            {
                NO: "Take the second point from the first in each row of figure 11.4. Which way is longest?",
                OPEN: "The sentence is about the means that are drawn. Take their differences.",
            },
        ),
        Sentence(
            lambda: YES if _lost("rope") <= 0 else NO,
            {
                YES: "RoPE has no number for a place. Does that keep its second point where the first is?",
                OPEN: "The sentence is about two means. Which is higher?",
            },
        ),
        Sentence(
            lambda: YES if _asked("end").mean() > _asked("start").mean() else NO,
            {
                NO: "Look at the second points of both rows. Which stands higher?",
                OPEN: "The sentence is about two points that are drawn. Which stands higher?",
            },
        ),
        Sentence(
            lambda: OPEN,  # nobody was asked with 60 items
            {
                YES: "Which row was asked with 60 items?",
                NO: "Which row was asked with 60 items? A row that was not made says nothing.",
            },
        ),
    ),
    hints=(
        "For each sentence find the rows of the figure that it is about.",
        "“Open” is the right word where no row is about the question.",
    ),
)
