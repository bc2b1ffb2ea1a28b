"""Verdicts on the tables of chapter 3: clicks, runs, and the full ranking beside a sample."""

from __future__ import annotations

import numpy as np

from ....results import Results, load_results
from ....results.protocol_grid import paired_sign
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _run_by_run(a: Results, b: Results) -> str:
    """Whether ``a`` is above ``b`` by the 95% interval over runs of their paired difference."""
    pairs = np.subtract(a.values(), b.values()).tolist()
    return decided(*Results("changes", [{"test": {"NDCG@10": value}} for value in pairs]).interval())


def _on_films() -> str:
    rows = load_results("ml100k")
    return _run_by_run(rows.where(model="lstm-attention"), rows.where(model="gru4rec"))


def _in_the_world() -> str:
    rows = load_results("ablation")
    return _run_by_run(*(rows.where(part="report", variant=name) for name in ("both", "gru4rec")))


def _in_full() -> str:
    rows = [row for row in load_results("protocols").rows if row["data"]["name"] == "ml-1m"]
    sign = paired_sign(rows, "sasrec", "Markov chain", metric="NDCG@10")
    return {"+": YES, "-": NO, "0": OPEN}[sign]


EXERCISE = Reading(
    name="who-is-better",
    sentences=(
        Sentence(
            lambda: NO,  # it says the same of all items of a user
            {
                YES: "It knows who clicks, and so its AUC is high. Which column looks inside one user?",
                OPEN: "The column inside users decides it: what does a figure of one half mean there?",
            },
        ),
        Sentence(
            lambda: NO,  # the same order, other probabilities
            {
                YES: "The same AUC means the same order. Which column looks at the numbers themselves?",
                OPEN: "The table has a column that sees a wrong number behind a right order.",
            },
        ),
        Sentence(
            _in_the_world,
            {
                NO: "Read who is ahead of whom, run by run.",
                OPEN: "Compare the gain with the spread of runs and with the standard error over users.",
            },
        ),
        Sentence(
            _on_films,
            {
                YES: "Which of the two has the higher mean, and how large is the standard error of the "
                "difference?",
                NO: "A difference that these runs cannot tell from 0 says neither better nor worse.",
            },
        ),
        Sentence(
            _in_full,
            {
                YES: "That is what the sample of 100 says. What does the full ranking say?",
                NO: "Their two means differ, and the paired interval says how sure that is.",
            },
        ),
    ),
    hints=(
        "For each sentence find the one column, or the one difference, that is about what it claims.",
        "“No difference was seen” and “there is no difference” are two verdicts. Which of them can a few "
        "runs give?",
    ),
)
