"""Verdicts on the table of chapter 7's repairs."""

from __future__ import annotations

import numpy as np

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _above(first: tuple[float, str], second: tuple[float, str], metric: str) -> str:
    """Whether ``metric`` is larger for ``first``, by the 95% interval over runs of the paired difference."""
    rows = load_results("calibration")
    a, b = (rows.where(kept=kept, variant=variant).values(metric) for kept, variant in (first, second))
    return decided(*Results("apart", [{"test": {"x": x}} for x in np.subtract(a, b).tolist()]).interval("x"))


EXERCISE = Reading(
    name="what-repairs-say",
    sentences=(
        Sentence(
            lambda: _above((1.0, "none"), (0.1, "none"), "AUC"),
            {
                NO: "Compare the two figures of AUC. A formula that keeps the order is not the only thing in "
                "which the two models differ.",
                OPEN: "How far apart are the two means, beside what another seed changes?",
            },
        ),
        Sentence(
            lambda: _above((1.0, "formula"), (0.1, "formula"), "log-loss"),
            {
                YES: "A lower log-loss is better. Which of the two is lower?",
                OPEN: "The words below the table give the interval of this difference.",
            },
        ),
        Sentence(
            lambda: _above((0.1, "formula"), (0.1, "platt"), "log-loss"),
            {
                NO: "A lower log-loss is better. Which of the two is lower?",
                OPEN: "The words below the table give the interval of this difference.",
            },
        ),
        Sentence(
            lambda: _above((1.0, "isotonic"), (1.0, "platt"), "log-loss"),
            {
                YES: "Does the interval over runs leave out 0?",
                NO: "Mind the direction, and then the interval: does it leave out 0?",
            },
        ),
        Sentence(
            lambda: NO,  # it says the same of every row
            {
                YES: "A small calibration error is no praise by itself. What does the base rate say of two "
                "different items, and what does log-loss say of it?",
                OPEN: "Log-loss decides what the probabilities are worth. Both figures are there.",
            },
        ),
    ),
    hints=(
        "For each sentence find the two figures that it compares, then the interval of their difference.",
        "AUC sees the order, the calibration error sees the level, and log-loss sees both.",
    ),
)
