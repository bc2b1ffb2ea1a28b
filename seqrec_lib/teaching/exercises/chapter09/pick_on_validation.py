"""The GPU exercise: choose settings on validation, over several seeds, and read test once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import mean, median

import torch

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, seed_mutants

# How chapter 9 trains SASRec.
USUAL = {"dropout": 0.0, "batch_size": 32, "lr": 6e-3, "schedule": "cosine", "precision": "fp32"}


def tuner(users: int = 4000, epochs: int = 8, device: str = "auto", world_seed: int = 2) -> Callable:
    """Return ``train(choice, seed) -> (model, split)``, which trains ``sasrec`` on ``world:video``.

    ``choice`` holds settings of the model or of training, by name; a wider model gets a wider
    feed-forward layer too. The data are the same for every choice and seed.
    """
    split = leave_one_out(simulate("video", users=users, seed=world_seed), max_len=50)

    def train(choice: dict, seed: int):
        changes = {**USUAL, "epochs": epochs, "ff_width": choice.get("dim", 64), **choice}
        run = train_recipe("sasrec", split, seed=seed, device=device, progress=False, **changes)
        return run.model, split

    return train


def _value(model, cases, name: str = "NDCG@10") -> float:
    return evaluate(model, cases, ks=(10,), with_coverage=False)[name]


def _pick(
    choices, seeds, train, name="NDCG@10", over=mean, best=max, judges=None, tested=None, report="test",
    chooses="", told="",
):  # fmt: skip
    """The reference and its mutants: ``judges`` choose, by ``chooses`` or ``name``; ``tested`` are read."""
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    found = [over([_value(m, s.validation, chooses or name) for m, s in row[:judges]]) for row in runs]
    place = found.index(best(found))
    return place, mean(_value(m, getattr(s, report), told or name) for m, s in runs[place][:tested])


def pick_on_validation(choices: Sequence[dict], seeds: Sequence[int], train: Callable) -> tuple[int, float]:
    """choices: list of dict, seeds: list of int, train: see above. Returns (place, test NDCG@10)."""
    return _pick(choices, seeds, train)


def _known(**changes) -> Callable:
    return lambda choices, seeds, train: _pick(choices, seeds, train, **changes)


def _chooses_on_test(choices, seeds, train):
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    found = [mean(_value(m, s.test) for m, s in row) for row in runs]
    return found.index(max(found)), max(found)


def _reads_every_test(choices, seeds, train):
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    test = [mean(_value(m, s.test) for m, s in row) for row in runs]
    found = [mean(_value(m, s.validation) for m, s in row) for row in runs]
    place = found.index(max(found))
    return place, test[place]


def _best_run(choices, seeds, train):
    """One best figure is kept over both loops, and the run that gave it is tested."""
    best = -1.0
    for i, choice in enumerate(choices):
        for seed in seeds:
            model, split = train(choice, seed)
            if (value := _value(model, split.validation)) > best:
                best, place, winner = value, i, model
    return place, _value(winner, split.test)


def _counted_from_one(choices, seeds, train):
    place, test = pick_on_validation(choices, seeds, train)
    return place + 1, test


def _last_seed(choices, seeds, train):
    """The model that is left over from the loop over the seeds is tested."""
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    found = [mean(_value(m, s.validation) for m, s in row) for row in runs]
    place = found.index(max(found))
    model, split = runs[place][-1]
    return place, _value(model, split.test)


@lru_cache(maxsize=1)
def _tiny():
    world = simulate("video", users=40, seed=3)
    return world, leave_one_out(world, max_len=world.max_length)


class _Opened(RuntimeError):
    """The test part of a second choice was read."""


@dataclass(repr=False)
class _StandIn(StandIn):
    """The share of users whose next item is found is written in a table.

    Attributes:
        table: for each choice's ``lr`` and each seed: shares of users whose item comes first, in validation
            and in test; a third number is the share of those whose item comes eighth, in both.
        opened: the choices whose test part was read.
    """

    table: dict
    opened: set = field(default_factory=set, compare=False)

    def __call__(self, choice: dict, seed: int):
        return _Known(self, choice["lr"], seed), _tiny()[1]


class _Known:
    """Stands for a trained model: noise, and the true next item first for some users, eighth for some."""

    def __init__(self, owner: _StandIn, lr: float, seed: int) -> None:
        self.owner, self.lr, self.seed = owner, lr, seed

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        draw, users = _tiny()[0].draw, batch.users
        assert users is not None, "cases of a split say whose they are"
        test = bool(batch.lengths[0] == draw.lengths[users[0]] - 1)
        if test:
            self.owner.opened.add(self.lr)
            if len(self.owner.opened) > 1:
                raise _Opened("the test part was read for more than one choice")
        row = self.owner.table[self.lr][self.seed]
        generator = torch.Generator().manual_seed(round(1000 * self.lr) * 10 + self.seed)
        noise = torch.rand(len(draw.lengths), 201, generator=generator)[users]
        place = (users * 7 + self.seed) % 40
        first, eighth = (place < 40 * share for share in (row[test], row[test] + sum(row[2:])))
        target = draw.items[users, batch.lengths][:, None]
        noise = noise.masked_fill(torch.zeros_like(noise, dtype=torch.bool).scatter(1, target, True), 0.0)
        level = noise.topk(8, dim=1).values[:, 7]
        return noise.scatter(1, target, torch.where(first, 2.0, level * eighth)[:, None])


# The best mean, the best single run and the best first seed are three different choices.
_THREE = {
    0.001: ((0.40, 0.50), (0.45, 0.55), (0.40, 0.45)),
    0.003: ((0.50, 0.35), (0.55, 0.40), (0.55, 0.50)),
    0.010: ((0.30, 0.45), (0.75, 0.40), (0.35, 0.35)),
    0.030: ((0.60, 0.65), (0.45, 0.40), (0.35, 0.45)),
}
# The second choice has the larger median, the third finds more users, but far down.
_SKEWED = {
    0.001: ((0.75, 0.50), (0.35, 0.40), (0.30, 0.55)),
    0.002: ((0.40, 0.35), (0.42, 0.45), (0.40, 0.30)),
    0.003: ((0.20, 0.40, 0.5), (0.25, 0.30, 0.5), (0.20, 0.35, 0.5)),
}
# The seed that is not asked for would turn the choice round; the winner finds some users' items far down.
_TWO = {
    0.002: ((0.70, 0.40), (0.90, 0.50), (0.30, 0.45)),
    0.004: ((0.55, 0.30, 0.2), (0.20, 0.60), (0.60, 0.35, 0.2)),
}
# The first choice has one poor run and is the best for all that.
_UNEVEN = {
    0.005: ((0.20, 0.30), (0.65, 0.45), (0.60, 0.40)),
    0.006: ((0.45, 0.35), (0.40, 0.50), (0.42, 0.45)),
}


def _probes() -> list[Probe]:
    def case(about: str, table: dict, order: Sequence[float], seeds: list[int]) -> Probe:
        return Probe(about, ([{"lr": lr} for lr in order], seeds, _StandIn(table)))

    return [
        case("four choices, three seeds", _THREE, (0.001, 0.003, 0.01, 0.03), [0, 1, 2]),
        case("two choices, two seeds", _TWO, (0.002, 0.004), [0, 2]),
        case("another order, seeds turned round", _THREE, (0.03, 0.001, 0.01, 0.003), [0, 2, 1]),
        case("one lucky seed, and finds far down", _SKEWED, (0.002, 0.003, 0.001), [0, 1, 2]),
        case("the best choice has one poor run", _UNEVEN, (0.006, 0.005), [1, 0, 2]),
    ]


EXERCISE = Exercise(
    name="pick-on-validation",
    reference=pick_on_validation,
    probes=_probes,
    larger=LargerRun(
        full='pick_on_validation([{"dim": 64}, {"dim": 128}, {"dim": 128, "dropout": 0.2}], '
        "[0, 1, 2], tuner())",
        small='pick_on_validation([{"dim": 16}, {"dim": 32}], [0], tuner(users=300, epochs=2))',
        names={"tuner": tuner},
    ),
    seconds=60.0,
    mutants=(
        Mutant(
            "test-helps-to-choose",
            "The test part was read for more than one choice. Then it helps to choose, whatever you do "
            "with it. Choose on split.validation, and read split.test for the winner alone.",
            _chooses_on_test,
            _reads_every_test,
        ),
        Mutant(
            "reports-validation",
            "The number returned is the validation figure that won. It is too good, because it was chosen.",
            _known(report="validation"),
        ),
        Mutant(
            "one-seed-chooses",
            "Only the first seed chooses. Average over all seeds before you compare.",
            _known(judges=1),
            _known(judges=1, tested=1),
        ),
        Mutant(
            "luckiest-seed",
            "The best single run chooses. That rewards luck: average over the seeds.",
            _known(over=max),
            _best_run,
        ),
        Mutant(
            "one-seed-tested",
            "Only one seed of the winner is tested. Average test over all seeds too.",
            _known(tested=1),
            _last_seed,
        ),
        Mutant(
            "worst-wins", "The choice with the lowest figure wins. More NDCG is better.", _known(best=min)
        ),
        Mutant("hit-rate", "This measures HR@10, not NDCG@10.", _known(name="HR@10")),
        Mutant("hit-rate-chooses", "HR@10 chooses. NDCG@10 is to choose, as well.", _known(chooses="HR@10")),
        Mutant(
            "hit-rate-told",
            "NDCG@10 chooses, and the number returned is HR@10. NDCG@10 is asked for there too.",
            _known(told="HR@10"),
        ),
        Mutant("poorest-seed", "The poorest run of each choice decides. Take the mean.", _known(over=min)),
        *seed_mutants(pick_on_validation)[1:],
        Mutant(
            "counted-from-one",
            "The place is one too high: the first of the choices is number 0, as in `choices[0]`.",
            _counted_from_one,
        ),
        Mutant("median", "The median over the seeds chooses. Take the mean.", _known(over=median)),
    ),
    hints=(
        "Two loops: train everything first, then compare means of evaluate(model, split.validation).",
        "Keep the models. Once the winner is known, evaluate its models, and no others, on split.test.",
    ),
)
