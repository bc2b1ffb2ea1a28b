"""Rows of the part ``bias`` of `benchmarks/two_stages.py`: clicks hang on places; who finds the relevance?"""

from __future__ import annotations

from functools import cache

import torch
from family_clicks import run_epochs
from torch import Tensor

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.worlds import World
from seqrec_lib.losses.objectives import ClicksObjective
from seqrec_lib.losses.position_bias import RelevanceObjective
from seqrec_lib.models.din import DIN, DINSettings

USERS, TRAINED, EACH = 4000, 3000, 3
# Who learns from which clicks: places as the logger chose them or shuffled, and how a place is reckoned with.
VARIANTS: dict[str, dict[str, object]] = {
    "naive": {},
    "place as a feature": {"places": True},
    "inverse propensity": {"clip": 0.0},
    "inverse propensity, clipped": {"clip": 0.35},
    "randomised places, naive": {"shuffled": True},
    "randomised places, inverse propensity": {"shuffled": True, "clip": 0.0},
}


@cache
def ads(seed: int = 1) -> World:
    return simulate("ads", users=USERS, seed=seed)


@cache
def slates(mixed: bool, seed: int = 1) -> Batch:
    """``EACH`` requests a user, with the logger's slates in its order or in a random one, and the clicks."""
    world, chance = ads(seed), torch.Generator().manual_seed(seed)
    requests = world.requests(EACH, chance)
    shown = world.show(requests, chance)
    if mixed:
        order = torch.rand(shown.shape, generator=chance).argsort(1)
        shown = shown.gather(1, order)
    requests.candidates = shown
    requests.labels = world.respond(requests, shown, chance).click.double()
    return requests


def looked(world: World) -> Tensor:
    """``(K,)``: how likely each place is looked at, which this world says."""
    return torch.arange(1, world.settings.slate + 1).double() ** -world.settings.examination


@cache
def truth(seed: int = 1) -> tuple[Batch, Tensor]:
    """``(test slates, p(click) of each item at place 1)``, of users that nobody trained on."""
    batch = slates(False, seed)
    test = batch.rows((batch.users >= TRAINED).nonzero()[:, 0])
    first = torch.ones_like(test.candidates)
    p = ads(seed).click_oracle(test.items, test.times, test.lengths, test.query_time, test.candidates, first)
    return test, p


def bias_row(variant: str, seed: int, users: int = 1, epochs: int = 3, lr: float = 1e-2) -> dict:
    world, how = ads(users), VARIANTS[variant]
    batch = slates(bool(how.get("shuffled")), users)
    train = batch.rows((batch.users < TRAINED).nonzero()[:, 0])
    torch.manual_seed(seed)
    settings = DINSettings(
        "din", world.n_items, max_len=40, dim=16, width=24, dropout=0.0, normalise=True, distance=True,
        places=bool(how.get("places")),
    )  # fmt: skip
    model = settings.build()
    with torch.no_grad():  # clicks are rare: start near their share
        model.item.weight.fill_(-2.5)
    objective = RelevanceObjective(looked(world), float(how["clip"])) if "clip" in how else ClicksObjective()
    run_epochs(model, train, objective, epochs, 16, lr, seed)
    test, true = truth(users)
    found = relevance(model, test)
    return {
        "model": "din",
        "protocol": "slates-new-users",
        "settings": {**settings.as_dict(), "epochs": epochs, "lr": lr, "batch_size": 16, **how},
        "data": {"users": USERS, "trained": TRAINED, "impressions": test.candidates.numel()},
        "test": {**errors(found, true), **{"click share": float(train.labels.mean())}},
    }


def relevance(model: DIN, test: Batch) -> Tensor:
    """``(N, K)``: the model's p(click) of each item as if it stood at place 1."""
    parts = []
    with torch.no_grad():
        for first in range(0, len(test), 250):
            part = test.rows(slice(first, first + 250))
            logits = model.logits(part, part.candidates)
            parts.append(logits if model.place is None else logits + model.place[0])
    return torch.cat(parts).sigmoid().double()


def errors(found: Tensor, true: Tensor) -> dict[str, float]:
    """How far off the probabilities are, and how often a pair of one slate is in the right order."""
    higher = true[:, :, None] > true[:, None, :]
    right = (found[:, :, None] > found[:, None, :]) & higher
    worth = (found.clamp(1e-6, 1 - 1e-6), true)
    loss = -(worth[1] * worth[0].log() + (1 - worth[1]) * (1 - worth[0]).log())
    entropy = -(true * true.clamp(min=1e-12).log() + (1 - true) * (1 - true).clamp(min=1e-12).log())
    return {
        "mean": float(found.mean()),
        "true mean": float(true.mean()),
        "root mean square error": float((found - true).pow(2).mean().sqrt()),
        "log-loss above the oracle": float((loss - entropy).mean()),
        "pairs in order": float(right.sum() / higher.sum()),
    }
