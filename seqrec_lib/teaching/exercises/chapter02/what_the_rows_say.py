"""Verdicts on the tables of chapter 2: windows, splits and the shuffle test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence


def _gains(way: str) -> list[np.ndarray]:
    """NDCG@10 of ``way`` minus training on the newest items alone, run by run, for each log and length."""
    stored = load_results("windows")
    cases = dict.fromkeys((row["log"], row["max_len"]) for row in stored.rows)

    def runs(case: tuple, which: str) -> list[float]:
        return stored.where(log=case[0], max_len=case[1], way=which).values()

    return [np.subtract(runs(case, way), runs(case, "newest")) for case in cases]


def _windows_help() -> str:
    return YES if min(gain.min() for gain in _gains("all")) > 0 else OPEN


def _time_helps() -> str:
    pairs = zip(_gains("newest, as many targets"), _gains("all"), strict=True)
    return YES if all(longer.mean() >= older.mean() / 2 for longer, older in pairs) else NO


def _split(model: str, knows: str) -> Results:
    return load_results("splits").where(model=model, knows=knows)


def _future_helps() -> str:
    """Rows from any time in place of the past, as many: what GRU4Rec gains in each crowd."""
    gains = np.subtract(_split("gru4rec", "equal").values(), _split("gru4rec", "past").values())
    return YES if gains.min() > 0 else NO if gains.max() < 0 else OPEN


def _past_is_enough() -> str:
    gains = np.subtract(_split("popularity", "past").values(), _split("popularity", "future").values())
    return YES if gains.min() > 0 else NO if gains.max() < 0 else OPEN


def _words(yes: str = "", no: str = "", unsure: str = "") -> dict[str, str]:
    return {word: text for word, text in ((YES, yes), (NO, no), (OPEN, unsure)) if text}


def _sentence(right: Callable[[], str], **hints: str) -> Sentence:
    return Sentence(right, _words(**hints))


EXERCISE = Reading(
    name="what-the-rows-say",
    sentences=(
        _sentence(
            _windows_help,
            no="Compare the column “all” with the column “newest”, line by line.",
            unsure="The sentence below the table says in how many pairs of runs there is a gain.",
        ),
        _sentence(
            _time_helps,
            yes="One column was made to answer this: as long a training, without the older items.",
            unsure="The control is there. Which column has the same time and not the same items?",
        ),
        _sentence(
            _future_helps,
            yes="Leave-one-out has the future, and it has more rows. Which column separates the two?",
            unsure="Compare “as many rows” with “the past alone”: they differ in when the rows happened, and "
            "not in how many there are.",
        ),
        _sentence(
            _past_is_enough,
            no="Read the line of plain popularity from left to right.",
            unsure="The words below the table give the range over the crowds for this pair.",
        ),
        _sentence(
            lambda: OPEN,  # the rows measure what the order is worth, not where it comes from
            yes="The order is worth much there. But what else than taste can put films in an order?",
            no="Nothing in the rows says that it is not taste. Do they say where the order comes from?",
        ),
    ),
    hints=(
        "For each sentence, find the two columns that differ in what the sentence is about and in nothing "
        "else.",
        "A table can say that something is worth much without saying why. Then the reason is open.",
    ),
)
