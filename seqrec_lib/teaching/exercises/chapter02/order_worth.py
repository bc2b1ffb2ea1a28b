"""The GPU exercise: what is the order of this log worth to a model?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ....data.preparing.cleaning import drop_users
from ....data.preparing.shuffle import permute_order
from ....data.reading.readers import read_interactions
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ....models.baselines import Markov
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun


def log_trainer(recipe: str = "gru4rec", device: str = "auto", max_len: int = 50, **changes: Any) -> Callable:
    """Return ``train(log, seed) -> (model, split)``, which trains ``recipe`` on a log.

    ``changes``: settings instead of the recipe's, such as ``epochs=2``.
    """

    def train(log, seed: int):
        split = leave_one_out(log, max_len=max_len)
        run = train_recipe(recipe, split, seed=seed, device=device, progress=False, **changes)
        return run.model, split

    return train


def _value(model, split, part: str = "test", name: str = "NDCG@10") -> float:
    return evaluate(model, getattr(split, part), ks=(1, 10), with_coverage=False)[name]


def _differences(log, train: Callable, seeds: Sequence[int], **measure) -> np.ndarray:
    return np.array(
        [
            _value(*train(log, seed), **measure) - _value(*train(permute_order(log, seed), seed), **measure)
            for seed in seeds
        ]
    )


def _summary(differences: np.ndarray) -> tuple[float, float]:
    return float(differences.mean()), float(differences.std(ddof=1) / len(differences) ** 0.5)


def order_worth(log, train: Callable, seeds: Sequence[int]) -> tuple[float, float]:
    """log: Interactions, train: see above, seeds: list of int. Returns mean, standard error."""
    return _summary(_differences(log, train, seeds))


def only_test_shuffled(log, train, seeds):
    found = []
    for seed in seeds:
        model, split = train(log, seed)
        mixed = leave_one_out(permute_order(log, seed), max_len=split.max_len)
        found.append(_value(model, split) - _value(model, mixed))
    return _summary(np.array(found))


def only_training_shuffled(log, train, seeds):
    found = []
    for seed in seeds:
        model, split = train(log, seed)
        other, _ = train(permute_order(log, seed), seed)
        found.append(_value(model, split) - _value(other, split))
    return _summary(np.array(found))


def one_order(log, train, seeds):
    mixed = permute_order(log, seeds[0])
    return _summary(
        np.array([_value(*train(log, seed)) - _value(*train(mixed, seed)) for seed in seeds])
    )  # fmt: skip


def shuffled_by_zero(log, train, seeds):
    mixed = permute_order(log, 0)
    return _summary(
        np.array([_value(*train(log, seed)) - _value(*train(mixed, seed)) for seed in seeds])
    )  # fmt: skip


def one_training_seed(log, train, seeds):
    whole = _value(*train(log, seeds[0]))
    return _summary(
        np.array([whole - _value(*train(permute_order(log, seed), seeds[0])) for seed in seeds])
    )  # fmt: skip


def unpaired(log, train, seeds):
    whole = np.array([_value(*train(log, seed)) for seed in seeds])
    mixed = whole - _differences(log, train, seeds)
    error = ((whole.var(ddof=1) + mixed.var(ddof=1)) / len(seeds)) ** 0.5
    return float((whole - mixed).mean()), float(error)


def without_sign(log, train, seeds):
    return _summary(abs(_differences(log, train, seeds)))


def turned_round(log, train, seeds):
    return _summary(-_differences(log, train, seeds))


def validation_measured(log, train, seeds):
    return _summary(_differences(log, train, seeds, part="validation"))


def hit_rate(log, train, seeds):
    return _summary(_differences(log, train, seeds, name="HR@10"))


def deviation(log, train, seeds):
    found = _differences(log, train, seeds)
    return float(found.mean()), float(found.std(ddof=1))


def divided_by_n(log, train, seeds):
    found = _differences(log, train, seeds)
    return float(found.mean()), float(found.std() / len(found) ** 0.5)


def share(log, train, seeds):
    whole = np.array([_value(*train(log, seed)) for seed in seeds])
    return _summary(_differences(log, train, seeds) / whole)


@lru_cache(maxsize=4)
def _tiny_log(users: int):
    return simulate("video", users=users, seed=1).log


@lru_cache(maxsize=1)
def _orderless_log():
    """Shuffled once already: what is lost by shuffling it again is chance, of either sign."""
    return permute_order(_tiny_log(60), 5)


def _quick_train(log, seed: int):
    """Stands for training: counts the steps of some users, whom the seed decides."""
    split = leave_one_out(log, max_len=50)
    away = np.random.default_rng(seed).random(split.train_log.n_users) < 0.6
    return Markov(drop_users(split.train_log, away, "chance")), split


EXERCISE = Exercise(
    name="order-worth",
    reference=order_worth,
    probes=lambda: [
        Probe("three seeds", (_tiny_log(60), _quick_train, [0, 1, 2])),
        Probe("two seeds, not in order", (_tiny_log(90), _quick_train, [7, 3])),
        Probe("an order that says nothing", (_orderless_log(), _quick_train, [7, 1, 2])),
    ],
    larger=LargerRun(
        full='order_worth(read_interactions("my_log.csv"), log_trainer(), [0, 1, 2])',
        small='order_worth(simulate("video", users=300).log, log_trainer(epochs=2), [0, 1])',
        names={"log_trainer": log_trainer, "read_interactions": read_interactions, "simulate": simulate},
        known_log='simulate("video").log',
    ),
    seconds=60.0,
    mutants=(
        Mutant(
            "only-test-shuffled",
            "The model that was trained on the true order is tested on shuffled histories. That says what "
            "this model uses, not what the order is worth: train on the shuffled log too.",
            only_test_shuffled,
        ),
        Mutant(
            "only-training-shuffled",
            "The second model is tested on histories in true order, which it never saw. Use its own split.",
            only_training_shuffled,
        ),
        Mutant(
            "one-order",
            "Every seed gets the same shuffled log. Shuffle anew for each.",
            one_order,
            shuffled_by_zero,
        ),
        Mutant(
            "one-training-seed",
            "Every model is trained with one and the same seed. Train with each seed in turn.",
            one_training_seed,
        ),
        Mutant(
            "unpaired",
            "The error is that of two separate means. Both models of a seed belong together: take the "
            "differences first.",
            unpaired,
        ),
        Mutant(
            "without-sign",
            "The sign of each difference is lost. Then an order that says nothing seems to be worth much.",
            without_sign,
        ),
        Mutant("turned-round", "The sign is turned round: true order minus shuffled is meant.", turned_round),
        Mutant(
            "validation", "These are the validation cases. The test cases are wanted.", validation_measured
        ),
        Mutant("hit-rate", "This measures HR@10, not NDCG@10.", hit_rate),
        Mutant(
            "deviation",
            "The second number is the deviation of one difference. The error of their mean is smaller.",
            deviation,
        ),
        Mutant(
            "divided-by-n",
            "The deviation divides by n. With few seeds that is too small: n - 1.",
            divided_by_n,
        ),
        Mutant("share", "This is the share of the figure that is lost, not the difference.", share),
    ),
    hints=(
        "Write a function that gives NDCG@10 for a log and a seed, and call it twice for each seed.",
        "model, split = train(log, seed); evaluate(model, split.test)['NDCG@10'].",
    ),
)
