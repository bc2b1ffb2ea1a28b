"""The ways of training that `training_well.py` compares, each in several strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seqrec_lib.losses import named_loss
from seqrec_lib.losses.adversarial import Adversarial
from seqrec_lib.losses.objectives import NextItemObjective, Objective
from seqrec_lib.losses.penalties import L2Penalty
from seqrec_lib.losses.virtual import VirtualAdversarial


def plain(loss: str = "ce") -> NextItemObjective:
    """Next items, by ``loss``."""
    return NextItemObjective(named_loss(loss))


@dataclass(frozen=True)
class Way:
    """A way to train: ``strengths`` to choose from, ``made`` of one of them an objective.

    ``setting`` says which setting of model or training has the strength instead.
    """

    name: str
    strengths: tuple[float, ...]
    made: Callable[[float], Objective] = lambda _: plain()
    setting: str = ""


WAYS = (
    Way("none", (0.0,)),
    Way("weight decay", (0.1, 0.3, 1.0, 3.0, 10.0), setting="weight_decay"),
    Way("L2 in the loss", (0.0003, 0.001, 0.003, 0.01, 0.03), lambda x: L2Penalty(plain(), x)),
    Way("dropout", (0.1, 0.2, 0.4, 0.6, 0.8), setting="dropout"),
    Way("label smoothing", (0.05, 0.1, 0.2, 0.4), lambda x: plain(f"ce:smoothing={x:g}")),
    Way("noise", (0.25, 0.5, 1.0, 2.0, 4.0), lambda x: Adversarial(plain(), x, "noise")),
    Way("gradient", (0.25, 0.5, 1.0, 2.0), lambda x: Adversarial(plain(), x)),
    Way("sign", (0.25, 0.5, 1.0, 2.0), lambda x: Adversarial(plain(), x, "sign")),
    Way("three steps", (0.25, 0.5, 1.0, 2.0), lambda x: Adversarial(plain(), x, steps=3)),
    Way("virtual", (0.5, 1.0, 2.0, 4.0, 8.0), lambda x: VirtualAdversarial(plain(), x)),
)
