"""Verdicts on the ablation of chapter 1: what its rows say, and what they leave open."""

from __future__ import annotations

import numpy as np

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _rows(variant: str, part: str = "report") -> Results:
    return load_results("ablation").where(part=part, variant=variant)


def _change(a: str, b: str) -> str:
    """Whether ``a`` is above ``b``, by the 95% interval over the seeds of their paired difference."""
    pairs = np.subtract(_rows(a).values(), _rows(b).values()).tolist()
    each = Results("changes", [{"test": {"NDCG@10": value}} for value in pairs])
    return decided(*each.interval())


def _most_by_content() -> str:
    none, content, both = (_rows(v).mean() for v in ("none", "content", "both"))
    return YES if content - none > (both - none) / 2 else NO


def _as_good() -> str:
    return {YES: NO, NO: NO, OPEN: OPEN}[_change("mean", "none")]


def _share(rows: Results) -> float:
    floor = max(rows.mean(f"{name}/NDCG@10", "floors") for name in ("markov", "popularity"))
    return (rows.mean() - floor) / (rows.mean("NDCG@10", "ceiling") - floor)


def _users_make_up() -> str:
    few, many, attention = (
        _share(_rows(*which)) for which in (("gru4rec",), ("gru4rec", "users"), ("both",))
    )
    return YES if many - few >= attention - few else NO


EXERCISE = Reading(
    name="what-attention-brought",
    sentences=(
        Sentence(
            lambda: _change("content", "none"),
            {
                YES: "The mean difference is above 0. Look at both ends of its interval.",
                NO: "An interval that holds 0 does not show that there is no gain. It shows something else.",
            },
        ),
        Sentence(
            lambda: _change("both", "distance"),
            {
                NO: "Which two of the five variants differ in content alone, with distance in both?",
                OPEN: "Look for the change from distance only to both, not for that on top of the MLP.",
            },
        ),
        Sentence(
            _most_by_content,
            {
                YES: "Compare what content alone adds with what both add together: is it more than half?",
                OPEN: "Even the upper end of what content alone adds is far from half of the whole gain.",
            },
        ),
        Sentence(
            _as_good,
            {
                YES: "Where does mean pooling stand against the last state by itself?",
                OPEN: "The interval of this difference leaves out 0. On which side does it lie?",
            },
        ),
        Sentence(
            _users_make_up,
            {
                YES: "How far does GRU4Rec come with 20,000 users in the column of the gap, and how far does "
                "attention with 4,000?",
                OPEN: "The rows are there: three runs of each model on both numbers of users.",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row of this chapter is about another log
            {
                YES: "Which log are all these rows from?",
                NO: "Nothing in these rows speaks against it either. Which log are they all from?",
            },
        ),
    ),
    hints=(
        "For each sentence find the one difference that it is about, and then its interval.",
        "“Open” is the right word where an interval holds 0, and where no row is about the question.",
    ),
)
