"""Rows of the part ``targets`` of `benchmarks/family.py`: who weighs the history before a click?

4,000 users of the world `ads` see 20 items each; 3,000 users are trained on and the others tested. Every
model but one first learns from the histories of the 3,000 users, by the items that came next, and then from
their clicks.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.data.batching import batches
from seqrec_lib.data.worlds import World
from seqrec_lib.evaluation.clicks import auc, grouped_auc, log_loss
from seqrec_lib.losses.objectives import CandidatesObjective, ClicksObjective, Objective
from seqrec_lib.models.din import DIN, DINSettings

TRAINED, USERS = 3000, 4000
HISTORIES, CLICKS = {"epochs": 5, "size": 32, "lr": 1e-2}, {"epochs": 3, "size": 16, "lr": 1e-2}
# All but the mean know the distance from the request: forms differ in who asks and in the softmax alone.
FORMS: dict[str, dict[str, object]] = {
    "mean": {"reader": "mean"},
    "fixed query, softmax": {"reader": "fixed", "normalise": True, "distance": True},
    "target, no softmax": {"distance": True},
    "target, softmax": {"normalise": True, "distance": True},
    "target, softmax, clicks alone": {"normalise": True, "distance": True},
}


@cache
def ads(seed: int = 1) -> World:
    """Seed 1 is reported on; settings were tried on seed 2."""
    return simulate("ads", users=USERS, seed=seed)


def run_epochs(
    model: DIN, train: Batch, objective: Objective, epochs: int, size: int, lr: float, seed: int
) -> None:
    """AdamW, a cosine to 0, every row once an epoch."""
    order, drawn = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * -(-len(train) // size))
    model.train()
    for _ in range(epochs):
        for part in batches(train, size, order):
            loss, _ = objective(model, part, {"negatives": drawn})
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()


def train_din(form: str, seed: int, world: World) -> DIN:
    """DIN of one form, on the first users' histories and then on their clicks."""
    torch.manual_seed(seed)
    settings = DINSettings(
        "din", world.n_items, max_len=40, dim=16, width=24, dropout=0.0, places=True, **FORMS[form]
    )
    model = settings.build()
    if not form.endswith("clicks alone"):
        histories = leave_one_out(world, max_len=40).train.rows(slice(0, TRAINED))
        run_epochs(model, histories, CandidatesObjective(2), seed=seed, **HISTORIES)
    run_epochs(model, world.click_batch.rows(slice(0, TRAINED)), ClicksObjective(), seed=seed, **CLICKS)
    return model


def probabilities(model: DIN, batch: Batch) -> Tensor:
    """``(N, K)`` p(click)."""
    parts = (batch.rows(slice(first, first + 250)) for first in range(0, len(batch), 250))
    with torch.no_grad():
        return torch.cat([model.score(part, part.candidates).sigmoid() for part in parts])


def figures(labels: Tensor, p: Tensor) -> dict[str, float]:
    """AUC, AUC within users, log-loss."""
    flat, known = labels.flatten().numpy(), p.double().flatten().numpy()
    users = np.repeat(np.arange(len(labels)), labels.shape[1])
    return {
        "AUC": auc(flat, known),
        "grouped AUC": grouped_auc(flat, known, users),
        "log-loss": float(log_loss(flat, known).mean()),
    }


def cause_found(model: DIN, test: Batch, world: World) -> dict[str, float]:
    """How often the event with the largest weight is the cause, where that is beyond doubt.

    Two yardsticks: the last event, and an event at random.
    """
    with torch.no_grad():
        _, weights = model.read(test, test.candidates)  # (N, K, T)
    top = weights.masked_fill(~test.mask()[:, None], -torch.inf).argmax(-1)  # (N, K)
    hits, last, chance = [], [], []
    for place in range(test.candidates.shape[1]):
        share, cause = world.cause_posterior(test, test.candidates[:, place])[:, :-1].max(1)
        sure = share >= 0.9
        hits.append((top[:, place] == cause)[sure])
        last.append((test.lengths - 1 == cause)[sure])
        chance.append((1 / test.lengths)[sure])
    found = {"largest weight": hits, "last event": last, "at random": chance}
    joined = {name: torch.cat(parts).double() for name, parts in found.items()}
    return {
        **{name: float(values.mean()) for name, values in joined.items()},
        "pairs": len(joined["at random"]),
    }


@cache
def limits(seed: int = 1) -> dict:
    """Floors and ceiling on the test slates."""
    batch = ads(seed).click_batch
    train, test = batch.rows(slice(0, TRAINED)), batch.rows(slice(TRAINED, USERS))
    true = ads(seed).click_oracle(test.items, test.times, test.lengths, test.query_time, test.candidates)
    places = train.labels.mean(0).expand_as(test.labels)
    rate = train.labels.mean().expand(test.labels.numel())
    return {
        "floors": {
            "base-rate": {"log-loss": float(log_loss(test.labels.flatten().numpy(), rate.numpy()).mean())},
            "place": figures(test.labels, places),
        },
        "ceiling": figures(test.labels, true),
        "data": {"users": USERS, "trained": TRAINED, "impressions": test.labels.numel()},
    }


def click_row(form: str, seed: int) -> dict:
    """Train one form and measure it between the floors and the oracle."""
    world, test = ads(), ads().click_batch.rows(slice(TRAINED, USERS))
    model = train_din(form, seed, world)
    return {
        "part": "targets",
        "variant": form,
        "world": "ads",
        "model": "din",
        "seed": seed,
        "protocol": "slates-new-users",
        "settings": {**model.settings.as_dict(), "histories": HISTORIES, "clicks": CLICKS},
        "test": figures(test.labels, probabilities(model, test)),
        **limits(),
        "cause_found": cause_found(model, test, world),
    }
