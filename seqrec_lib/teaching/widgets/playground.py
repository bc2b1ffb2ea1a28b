"""The playground: a tiny attention model that trains in the page, in a worker, with no kernel.

World, model, gradients and Adam are in ``book/assets/views/playground_*.js``; this file gives their words and
what is shown first.
"""

from __future__ import annotations

from ...messages import InputError, message, unknown
from .view import View

RULES = ("copy", "companion", "taste")
SCORES = ("dot", "scaled", "bilinear", "additive")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)
LAGS = (2, 3, 4, 5, 6)
STEPS = 400


def playground(rule: str = "companion", score: str = "bilinear", lag: int = 4, caption: str = "") -> View:
    """A view in which a reader trains a model of 220 to 360 numbers and sees what each setting does.

    Args:
        rule: the world that is shown first: ``copy``, ``companion`` or ``taste``.
        score: the score function that is shown first: ``dot``, ``scaled``, ``bilinear`` or ``additive``.
        lag: how many events before the next one its companion stands, 2 to 6.
        caption: stands under the charts; a sentence on what they show if left out.

    Raises:
        InputError: an unknown rule, score or lag.
    """
    for what, name, known in (("rule", rule, RULES), ("score", score, SCORES), ("lag", lag, LAGS)):
        if name not in known:
            raise InputError(unknown(what, name, known))
    start = {"rule": rule, "k": lag, "score": score, "mask": True, "bias": True, "rate": 0.01, "seed": 1}
    tries = [
        {"label": message("1. mask off"), "change": {"rule": "companion", "mask": False}},
        {"label": message("2. no bias"), "change": {"rule": "companion", "bias": False}},
        {"label": message("3. rate 1"), "change": {"rule": "companion", "rate": 1}},
    ]
    data: dict[str, object] = {
        "words": _words(caption),
        "start": start,
        "steps": STEPS,
        "rates": RATES,
        "seeds": list(range(1, 10)),
        "tries": tries,
    }
    label = message("Playground: choose a world and a kind of attention, and train a small model in the page")
    return View("playground", label, data)


def _words(caption: str) -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("The playground"),
        "choose": message("World and model"),
        "rule": message("rule of the world"),
        "rules": {
            "copy": message("copy the last"),
            "companion": message("the companion, k back"),
            "taste": message("taste"),
        },
        "k": message("k"),
        "score": message("score"),
        "scores": {
            "dot": message("dot"),
            "scaled": message("scaled dot"),
            "bilinear": message("bilinear"),
            "additive": message("additive"),
        },
        "mask": message("causal mask"),
        "bias": message("distance bias"),
        "rate": message("learning rate"),
        "seed": message("seed"),
        "act": message("Training, and three experiments to try"),
        "train_button": message("Train"),
        "stop_button": message("Stop"),
        "step_button": message("Step"),
        "reset_button": message("Reset"),
        "try_this": message("Try this:"),
        "train": message("training loss"),
        "test": message("test loss"),
        "floor": message("least possible"),
        "loss_axis": message("loss over the steps"),
        "ndcg": message("NDCG@3"),
        "cause": message("weight on the cause"),
        "on_cause": message("weight on cause"),
        "no_cause": message("no single cause"),
        "ceiling": message("its ceiling"),
        "before": message("run before"),
        "measure_axis": message("on fresh histories, over the steps"),
        "strip": message("Weights on a fresh history (◆ cause)"),
        "loss_alt": message(
            "Lines over the steps of training. At step {step} the training loss is {train} and the test loss "
            "{loss}; the least that is possible is {floor}."
        ),
        "measure_alt": message(
            "Lines over the steps of training. At step {step} NDCG@3 is {ndcg}; its ceiling is {ceiling}, "
            "and guessing gives {guess}. The weight on the cause is {cause}."
        ),
        "strip_alt": message(
            "A history of the items {history}. Their weights are {weights}. The cause is event {causes}. The "
            "model expects {guess}, and the rule expects {expected}."
        ),
        "result": message(
            "After {step} steps the training loss is {train} and the test loss {loss} (least possible "
            "{floor}). NDCG@3 is {ndcg} of {ceiling}."
        ),
        "verdicts": {
            "leak": message(
                "The training loss is below what is possible, so the model reads the answer in the future. "
                "In the test there is no future to read."
            ),
            "lost": message(
                "The test loss is above that of an even guess, {even}: this model has learned nothing."
            ),
            "arrived": message("That is the ceiling, or close to it."),
            "not_found": message("The weight on the cause is only {cause}: attention did not find it."),
            "no_lag": message(
                "The weight on the cause is only {cause}. Without a distance bias a score knows the two "
                "items, but not how far apart they stand."
            ),
            "below": message("It is still below the ceiling."),
        },
        "caption": caption
        or message(
            "The companion of A is B, that of B is C, and so on. Four of five events follow the rule, and "
            "the others are chance."
        ),
        "numbers": message("The numbers of this run"),
        "table": message("The run so far"),
        "step": message("step"),
        "limit": message("best possible"),
        "event": message("event"),
        "item": message("item"),
        "weight": message("weight"),
        "is_cause": message("cause"),
    }
