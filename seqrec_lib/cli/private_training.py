"""``fit --dp-epsilon``: training within a budget of privacy, and what that budget covers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..data.click_splits import ClickSplit
from ..data.splits import Split
from ..messages import InputError, message
from ..models import find_recipe
from ..models.baselines import COUNTED
from ..privacy.private import PrivateObjective, private_objective
from ..training import History, TrainingSettings
from ..training.joining import processes

USUAL_DELTA, USUAL_CLIP = 1e-5, 1.0
# What would read users beyond the budget, or would change what a batch is.
_UNFIT = {
    "patience": "validation would end training, and no noise covers what it reads",
    "evaluate_every": "a choice of epochs by validation is no part of the budget; the last epoch is kept",
    "batch_by": "each user is in a batch by a coin of their own",
    "negatives": "private training takes the loss 'ce', which draws none",
    "compile": "each user's own gradient is asked for",
    "start_from": "the older run has read its users without any budget",
}


def asked_for(arguments: Namespace) -> bool:
    """Whether training shall be private.

    Raises:
        InputError: a flag of private training without ``--dp-epsilon``, or one that does not fit it.
    """
    if arguments.dp_epsilon is None:
        for name in ("dp_delta", "dp_clip"):
            if getattr(arguments, name) is not None:
                raise InputError(f"{_flag(name)} changes nothing without --dp-epsilon: give that too")
        return False
    if (size := processes()[1]) > 1:
        raise InputError(
            f"{size} processes and --dp-epsilon do not go together: each would draw its users and its noise "
            "for itself, and the budget is counted for one; start fit without torchrun"
        )
    if arguments.model in COUNTED:
        raise InputError(f"{arguments.model} is counted and not trained: it has no --dp-epsilon")
    for name, why in _UNFIT.items():
        if getattr(arguments, name) is not None:
            raise InputError(f"{_flag(name)} and --dp-epsilon do not go together: {why}")
    if arguments.windows:
        raise InputError("--windows and --dp-epsilon do not go together: one user must be one training row")
    if arguments.loss not in (None, "ce"):
        raise InputError(f"--loss {arguments.loss} and --dp-epsilon do not go together: take ce")
    if arguments.precision not in (None, "fp32"):
        raise InputError(f"--precision {arguments.precision} and --dp-epsilon do not go together: take fp32")
    return True


def planned(
    arguments: Namespace, split: Split | ClickSplit, changes: dict[str, Any]
) -> tuple[PrivateObjective, dict[str, Any]]:
    """``(objective, changes)``: the noise that keeps the budget, and settings under which it holds.

    Raises:
        InputError: a budget that no noise keeps, or clicks.
    """
    if split.clicks:
        raise InputError("--dp-epsilon is for next items: leave the impressions out")
    _, usual = find_recipe(arguments.model).defaults(False)
    training = {key: value for key, value in {**usual, **changes}.items() if key in _TRAINING}
    how = TrainingSettings(**training)
    objective = private_objective(
        len(split.train),
        how.batch_size,
        how.epochs,
        arguments.dp_epsilon,
        USUAL_DELTA if arguments.dp_delta is None else arguments.dp_delta,
        USUAL_CLIP if arguments.dp_clip is None else arguments.dp_clip,
    )
    held = {"loss": "ce", "patience": 0, "evaluate_every": how.epochs, "batch_by": "rows"}
    held |= {"precision": "fp32", "compile": False}
    # The gradient of a batch is noise for its greater part: its length says nothing.
    return objective, {"clip": 0.0, **changes, **held}


_TRAINING = ("epochs", "batch_size")


def told(objective: PrivateObjective, history: History) -> dict[str, object]:
    """What was spent, as plain values for the JSON. The steps of a run before a resume are counted too."""
    steps = history.epochs[-1]["steps"]
    return {
        "unit": "user",
        "epsilon": objective.spent(steps),
        "delta": objective.delta,
        "noise": objective.noise,
        "clip": objective.clip,
        "rate": objective.rate,
        "steps": steps,
        "accountant": "rdp",
    }


def in_words(spent: dict[str, object]) -> str:
    """The guarantee in two lines: what holds, and what it does not cover."""
    return message(
        "  privacy  epsilon {epsilon:.2f} at delta {delta:g} for each user's training row, after {steps} "
        "steps with noise {noise:g} and clip {clip:g}\n"
        "  privacy  that is of the weights alone: not of the counts in items.json, of the figures of "
        "validation and test, of a choice between runs; and only from those who do not know the seed",
        **spent,
    )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
