"""The calibration lab: what training on a part of the log does to probabilities, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...evaluation.calibration import calibration_error, reliability, undo_downsampling
from ...evaluation.clicks import auc, log_loss
from ...messages import message
from .view import View

DIGITS = 5  # of what stands in the page


def calibration_lab(
    labels: np.ndarray, truth: np.ndarray, said: Mapping[float, np.ndarray], bins: int = 10
) -> View:
    """A slider over models that were trained on different parts of a log, with the formula on and off.

    Args:
        labels: ``(N,)`` clicks of shown items that trained nothing. truth: ``(N,)`` their probabilities.
        said: share of the rows without a click that training kept -> ``(N,)`` what that model says.

    Raises:
        ValueError: no model, or a share that is not above 0 and up to 1.
    """
    if not said:
        raise ValueError("said is empty: give at least one model")
    sets = []
    for kept, p in sorted(said.items(), reverse=True):
        raw = np.asarray(p, dtype=np.float64)
        ways = {"raw": raw, "mended": undo_downsampling(raw, kept)}
        sets.append({"kept": kept, **{way: _measured(labels, truth, q, bins) for way, q in ways.items()}})
    data = {"words": _words(), "sets": sets, "clicks": round(float(np.mean(labels)), DIGITS)}
    label = message(
        "Calibration lab: keep fewer rows without a click and see the probabilities leave the truth"
    )
    return View("calibration_lab", label, data)


def _measured(labels: np.ndarray, truth: np.ndarray, p: np.ndarray, bins: int) -> dict[str, object]:
    clicks, exact = reliability(p, labels, bins), reliability(p, truth, bins)

    def short(values: np.ndarray) -> list[float]:
        return [round(float(value), DIGITS) for value in values]

    return {
        "said": short(clicks.said),
        "clicks": short(clicks.true),
        "truth": short(exact.true),
        "mean": round(float(p.mean()), DIGITS),
        "auc": round(auc(labels, p), DIGITS),
        "loss": round(float(log_loss(labels, p).mean()), DIGITS),
        "error": {
            "clicks": round(calibration_error(p, labels, bins), DIGITS),
            "truth": round(calibration_error(p, truth, bins), DIGITS),
        },
    }


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("The calibration lab"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "keep fewer and fewer rows without a click, and watch the AUC. Then tick the formula."
        ),
        "choose": message("The training and the test"),
        "kept": message("rows without a click that training keeps:"),
        "share": message("{percent}%"),
        "undo": message("undo it by the formula"),
        "against": message("held against"),
        "against_names": {"truth": message("true probability"), "clicks": message("clicks")},
        "across": message("what the model says"),
        "up": message("what is so"),
        "model": message("the model"),
        "perfect": message("perfect"),
        "told": message(
            "The model says {mean} on average, and {clicks} is clicked. AUC {auc}, log-loss {loss}, "
            "calibration error {error}."
        ),
        "alt": message(
            "Lines over what the model says, in bins from {low} to {high}. In the last bin {true} is so."
        ),
        "table": message("The data of this figure"),
    }
