"""Verdicts on the rows of page 13c: what the log chose, what the search brought, what stopped a list."""

from __future__ import annotations

from ....results import load_results
from ..reading import NO, OPEN, YES, Reading, Sentence

SEARCHED, MOVED, ARTICLES = "lstm-attention, searched", "lstm-attention, with moves", "lstm-attention"
LEARNED = ("gru4rec", ARTICLES, "sasrec", SEARCHED)


def _runs(name: str, what: str) -> list[float]:
    """A stored figure of a model by training seed; what is counted has one."""
    rows = load_results("ab_tests").where(part="case", variant=name).rows
    return [float(row["test"][what]) for row in sorted(rows, key=lambda row: row["training_seed"])]


def _word(holds: bool) -> str:
    return YES if holds else NO


def _log_is_right() -> bool:
    for seed in range(len(_runs(ARTICLES, "clicks"))):
        first = [
            max(
                ("popularity", "markov", *LEARNED),
                key=lambda name: (_runs(name, what) * (seed + 1))[seed],
            )
            for what in ("estimate", "clicks")
        ]  # fmt: skip
        if first[0] != first[1]:
            return False
    return True


def _search_holds() -> bool:
    pairs = zip(_runs(SEARCHED, "NDCG@10"), _runs(ARTICLES, "NDCG@10"), strict=True)
    return all(mine > other for mine, other in pairs)


def _rail_stopped_it() -> bool:
    rows = load_results("ab_tests").where(part="case test", variant=MOVED).rows
    return not all(row["test"]["ship"] for row in rows)


EXERCISE = Reading(
    name="what-the-case-says",
    sentences=(
        Sentence(
            lambda: _word(_log_is_right()),
            {
                YES: "Below the table of lists: in how many seeds does the log choose well?",
                OPEN: "The sentence below the table of lists counts it.",
            },
        ),
        Sentence(
            lambda: _word(_search_holds()),
            {
                NO: "The column NDCG@10 is of test items. Compare two lines, and the range in the report.",
                OPEN: "The column NDCG@10 is of test items, and the report gives the range over the runs.",
            },
        ),
        Sentence(
            lambda: _word(_rail_stopped_it()),
            {
                YES: "Look at the column that says what ships. What dropped this list, and when?",
                OPEN: "The list has a line in the table of tests.",
            },
        ),
        Sentence(
            lambda: _word(_runs("markov", "clicks")[0] > _runs("popularity", "clicks")[0]),
            {
                YES: "Which list has more than twice the NDCG@10 of popularity, and how many clicks?",
                OPEN: "Two lines of the table of lists are of this kind.",
            },
        ),
        Sentence(
            lambda: OPEN,  # the world answers one request
            {
                YES: "Which row is about the weeks after the change?",
                NO: "Which row is about the weeks after the change?",
            },
        ),
    ),
    hints=(
        "Find the table for each sentence first.",
        "“Open” is the right word where no row is about the question.",
    ),
)
