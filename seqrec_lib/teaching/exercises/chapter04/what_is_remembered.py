"""Verdicts on the memory of encoders: what three distances say, and what they leave open."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart

NEAR, MIDDLE, FAR = "2-8", "8-14", "37-43"
LSTM = "LSTM, forget bias 1"


def _rows(variant: str, lag: str) -> Results:
    return load_results("memory").where(part="report", variant=variant, lag=lag)


def _above(one: str, other: str, lag: str) -> str:
    return apart(_rows(one, lag), _rows(other, lag))


def _nothing_is_found() -> str:
    """Whether no encoder at all is clearly above mean pooling at the largest distance."""
    far = {row["variant"] for row in load_results("memory").where(part="report", lag=FAR).rows}
    found = [_above(name, "mean pooling", FAR) for name in far - {"mean pooling"}]
    return NO if YES in found else OPEN


EXERCISE = Reading(
    name="what-is-remembered",
    sentences=(
        Sentence(
            lambda: _above("GRU", LSTM, NEAR),
            {
                NO: "Look at the two intervals at 2 to 8 events. Which of them lies higher?",
                OPEN: "The two intervals at 2 to 8 events do not meet.",
            },
        ),
        Sentence(
            lambda: _above(LSTM, "GRU", MIDDLE),
            {
                YES: "The mean is higher. Does its interval begin above the end of the other one?",
                NO: "Two intervals that overlap do not say that two encoders are alike. What do they say?",
            },
        ),
        Sentence(
            lambda: _above("LSTM, forget bias 4", LSTM, MIDDLE),
            {
                YES: "To hold a cell is one thing, and to learn what goes into it another. Find both points.",
                OPEN: "The two intervals at 8 to 14 events do not meet.",
            },
        ),
        Sentence(
            lambda: _above(LSTM, "mean pooling", FAR),
            {
                YES: "The mean is a little higher. Look at both intervals.",
                NO: "Nothing was shown here. Is that the same as to show that there is nothing?",
            },
        ),
        Sentence(
            _nothing_is_found,
            {
                YES: "One encoder of the figure looks back in another way. Where does it stand at 37 to 43 "
                "events?",
                OPEN: "For one encoder of the figure the whole interval lies above that of mean pooling.",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row was trained for longer
            {
                YES: "Which rows of the figure were trained for longer?",
                NO: "No row speaks against it. How long was each of them trained?",
            },
        ),
    ),
    hints=(
        "For each sentence find two points of the figure, at one distance, and their two intervals.",
        "“Open” is the right word where the intervals overlap, and where no row is about the question.",
    ),
)
