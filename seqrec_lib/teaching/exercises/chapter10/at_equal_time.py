"""The GPU exercise: two losses at equal steps, and at equal time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any

import torch
from torch import Tensor

from ....data import leave_one_out
from ....data.batching import batches
from ....data.worlds import simulate
from ....device import pick_device
from ....evaluation import evaluate
from ....losses import named_loss
from ....losses.objectives import NextItemObjective
from ....models import build, recipe_settings
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import Error, StandIn, error_mutants, paired_error, seed_mutants


def loss_trainer(
    users: int = 20_000, series: int = 15_000, films: int = 20_000, lr: float = 4e-3, negatives: int = 100,
    device: str = "auto",
) -> tuple[Callable[[str, int, int], Tensor], dict[str, float]]:  # fmt: skip
    """Return ``(train, seconds)`` on the world ``video`` with ``4 series + 2 films`` items.

    ``train(loss, steps, seed)`` gives ``(U,)`` NDCG@10 of each test user; ``seconds`` what a step of ``"ce"``
    and one of ``"sampled"`` took here.
    """
    world = simulate("video", users=users, seed=1, series=series, films=films, large=True)
    split, where = leave_one_out(world, max_len=40), pick_device(device)

    def fitted(loss: str, steps: int, seed: int) -> Any:
        torch.manual_seed(seed)
        sizes = {"max_len": 40, "dim": 32, "ff_width": 32, "dropout": 0.0, "positions": "distance"}
        model: Any = build(recipe_settings("sasrec", world.n_items, **sizes)).to(where)
        objective = NextItemObjective(named_loss(loss), negatives)
        objective.prepare(model, split)
        optimiser = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.0)
        order, chance = (torch.Generator(d).manual_seed(seed) for d in ("cpu", where))
        endless = chain.from_iterable(batches(split.train, 16, order) for _ in count())
        for batch in islice(endless, steps):
            value, _ = objective(model, batch.to(where), {"negatives": chance})
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        if where.type == "cuda":
            torch.cuda.synchronize()
        return model

    def train(loss: str, steps: int, seed: int) -> Tensor:
        found = evaluate(fitted(loss, steps, seed), split.test, with_coverage=False)
        return torch.as_tensor(found.per_user["NDCG@10"])

    seconds = {}
    for loss in ("ce", "sampled"):
        fitted(loss, 2, 0)  # warm
        started = time.perf_counter()
        fitted(loss, 12, 0)
        seconds[loss] = (time.perf_counter() - started) / 12
    return train, seconds


def _runs(first, second, seconds, steps, seeds, train, for_second) -> tuple[Tensor, Tensor, Tensor]:
    """NDCG of the first, of the second with as many steps, of the second with as much time: (seeds, U)."""
    longer = for_second(steps, seconds[first], seconds[second])
    made = ((first, steps), (second, steps), (second, longer))
    a, b, c = (torch.stack([train(loss, n, seed) for seed in seeds]) for loss, n in made)
    return a, b, c


def _told(error: Error = paired_error, sign: int = 1,
          for_second=lambda steps, one, other: round(steps * one / other)):  # fmt: skip
    def run(first, second, seconds, steps, seeds, train):
        a, b, c = _runs(first, second, seconds, steps, seeds, train, for_second)
        return sign * float((b - a).mean()), sign * float((c - a).mean()), error(c, a)

    return run


def at_equal_time(
    first: str, second: str, seconds: Mapping[str, float], steps: int, seeds: Sequence[int], train: Callable
) -> tuple[float, float, float]:
    """first, second: str, seconds: dict, steps: int, seeds: list of int, train: see above.

    Returns (gain at equal steps, gain at equal time, standard error of the second).
    """
    return _told()(first, second, seconds, steps, seeds, train)


def error_at_equal_steps(first, second, seconds, steps, seeds, train):
    a, b, c = _runs(first, second, seconds, steps, seeds, train, lambda n, one, other: round(n * one / other))
    return float((b - a).mean()), float((c - a).mean()), paired_error(b, a)


def both_rescaled(first, second, seconds, steps, seeds, train):
    """The first loss is trained as long as the second too."""
    longer = round(steps * seconds[first] / seconds[second])
    a, b = (torch.stack([train(loss, longer, seed) for seed in seeds]) for loss in (first, second))
    plain = torch.stack([train(first, steps, seed) for seed in seeds])
    same = torch.stack([train(second, steps, seed) for seed in seeds])
    return float((same - plain).mean()), float((b - a).mean()), paired_error(b, a)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: users of their own, and a curve of learning for each loss."""

    users: int
    speed: Mapping[str, float]

    def __call__(self, loss: str, steps: int, seed: int) -> Tensor:
        ease = torch.rand(self.users, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
        own = torch.Generator().manual_seed(1000 * seed + 7 * len(loss) + steps)
        noise = torch.randn(self.users, generator=own, dtype=torch.float64)
        learned = 1 - torch.tensor(-steps / self.speed[loss], dtype=torch.float64).exp()
        return 0.6 * ease * learned + 0.02 * (seed + 1) * learned + 0.03 * noise


def _probes() -> list[Probe]:
    def case(about: str, seconds: dict[str, float], steps: int, seeds: list[int], users: int) -> Probe:
        first, second = seconds
        return Probe(
            about, (first, second, seconds, steps, seeds, _StandIn(users, {first: 60.0, second: 90.0}))
        )

    return [
        case("the second is twice as fast", {"ce": 0.4, "sampled": 0.2}, 30, [0, 1], 6),
        case("the second is slower", {"bce": 0.02, "ce": 0.05}, 100, [3, 1, 2], 9),
        case("steps that must be rounded", {"ce": 1.3, "in-batch": 0.27}, 17, [5, 2], 7),
    ]


EXERCISE = Exercise(
    name="at-equal-time",
    reference=at_equal_time,
    probes=_probes,
    larger=LargerRun(
        full='at_equal_time("ce", "sampled", loss_trainer()[1], 1500, [0, 1], loss_trainer()[0])',
        small='at_equal_time("ce", "sampled", {"ce": 0.03, "sampled": 0.01}, 60, [0], '
        "loss_trainer(users=1000, series=750, films=1000)[0])",
        names={"loss_trainer": loss_trainer},
    ),
    seconds=30.0,
    mutants=(
        Mutant("ratio-inverted", "The slower loss gets more steps. In the same time it gets fewer.",
               _told(for_second=lambda steps, one, other: round(steps * other / one))),
        Mutant("steps-again", "The second figure repeats the first: both losses got the same steps.",
               _told(for_second=lambda steps, one, other: steps)),
        Mutant("rounded-down", "The number of steps is cut off. Round it.",
               _told(for_second=lambda steps, one, other: int(steps * one / other))),
        Mutant("both-longer", "The first loss got more steps as well. Its time is the one that both get.",
               both_rescaled),
        Mutant("turned", "The sign is turned: a gain is above 0 where the second loss is better.",
               _told(sign=-1)),
        Mutant("error-at-equal-steps", "The error belongs to the difference at equal steps.",
               error_at_equal_steps),
        *error_mutants(lambda error: _told(error)),
        *seed_mutants(at_equal_time),
    ),
    hints=(
        "How long does the first loss take for its steps? How many steps of the second fit into that?",
        "Train three times for each seed. For the error: the difference of each user, averaged over the "
        "seeds, then its spread over users.",
    ),
)  # fmt: skip
