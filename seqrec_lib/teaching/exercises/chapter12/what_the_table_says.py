"""Verdicts on the table of published figures and ours."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart, decided


def _rows(label: str) -> Results:
    return load_results("ml1m").where(label=label)


def _above_published(label: str) -> str:
    rows = _rows(label)
    low, high = rows.interval()
    published = rows.rows[0]["published"][1]
    return decided(low - published, high - published)


EXERCISE = Reading(
    name="what-the-table-says",
    sentences=(
        Sentence(
            lambda: apart(_rows("SASRec, CE"), _rows("SASRec, BCE")),
            {
                NO: "Which of the two intervals lies higher?",
                OPEN: "The two intervals are far apart.",
            },
        ),
        Sentence(
            lambda: _above_published("SASRec, 3,000 negatives"),
            {
                YES: "Where does the published figure lie, in our interval or outside?",
                NO: "Our mean is lower. Does our interval leave the published figure out?",
            },
        ),
        Sentence(
            lambda: {YES: NO, NO: YES, OPEN: OPEN}[_above_published("GRU4Rec, CE")],
            {
                YES: "Our interval lies on one side of the published figure. On which?",
                OPEN: "Does our interval hold the published figure?",
            },
        ),
        Sentence(
            lambda: OPEN,  # our rows train on all windows, so the command differs in more than luck
            {
                YES: "Which training targets does the published loader keep, and which do our rows use?",
                NO: "Which training targets does the published loader keep? No row here is its twin at "
                "full length.",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row of ours is BERT4Rec on this data
            {
                YES: "Which of our rows on MovieLens-1M is a BERT4Rec?",
                NO: "Which of our rows on MovieLens-1M is a BERT4Rec? A row that was not made says nothing.",
            },
        ),
    ),
    hints=(
        "For each sentence find its rows, and compare the interval with the other interval or with the "
        "published figure.",
        "“Open” is the right word where an interval holds the published figure, and where no row of ours is "
        "about the question.",
    ),
)
