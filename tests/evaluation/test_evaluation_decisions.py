"""Decisions between models: users and runs both count, several comparisons, how many users it takes."""

import numpy as np
import pytest

from seqrec_lib.evaluation.decisions import compare_runs, holm, users_needed
from seqrec_lib.evaluation.scorecard import Evaluation
from seqrec_lib.messages import InputError


def run(values, users=None, target=None):
    n = len(values)
    users = np.arange(n) if users is None else users
    target = np.ones(n, dtype=int) if target is None else target
    values = np.asarray(values, dtype=float)
    counts = np.zeros(n, dtype=int)
    return Evaluation({"m": values.mean()}, {"m": values}, counts, counts + 1, users, target, "p", 5)


def made(generator, shift, runs=3, users=200, of_run=0.02, of_user=0.3):
    """Runs of a model whose true mean is ``shift``: each run and each user is off by an amount of its own."""
    ease = generator.normal(0, of_user, users)
    return [
        run(shift + ease + generator.normal(0, of_run) + generator.normal(0, 0.05, users))
        for _ in range(runs)
    ]


def test_the_difference_is_that_of_the_means_and_what_users_share_drops_out():
    generator = np.random.default_rng(0)
    a = made(generator, 0.3)
    b = [run(one.values("m") - 0.1) for one in a]
    found = compare_runs(a, b, "m", samples=500)
    assert found.difference.mean == pytest.approx(0.1)
    assert found.difference.low > 0 and found.verdict(0.01) == "better" and found.p_value < 0.05
    assert compare_runs(b, a, "m", samples=500).verdict(0.01) == "worse"


def covered(runs, trials=400):
    """How often the interval holds the truth, 0, where two equal models differ by noise of runs alone."""
    generator, users, held = np.random.default_rng(1), 40, 0
    for _ in range(trials):
        a, b = ([run(np.full(users, generator.normal(0, 0.05))) for _ in range(runs)] for _ in "ab")
        held += not compare_runs(a, b, "m", samples=200).difference.apart
    return held / trials


def test_the_interval_holds_noise_between_runs_as_far_as_it_says():
    assert covered(1) < 0.1, "one run each: users alone call luck a difference"
    assert 0.80 < covered(3) < 0.90
    assert 0.87 < covered(5) < 0.95


def test_level_and_unknown_are_told_apart():
    generator = np.random.default_rng(2)
    many = [run(generator.normal(0.5, 0.1, 20_000)) for _ in range(3)]
    same = compare_runs(many, [run(one.values("m")[::-1]) for one in many], "m", samples=300)
    assert same.verdict(0.01) == "equal"
    few = [run(one.values("m")[:50]) for one in many]
    other = [run(one.values("m")[-50:]) for one in many]
    assert compare_runs(few, other, "m", samples=300).verdict(0.001) == "unknown"
    with pytest.raises(InputError, match="margin"):
        same.verdict(0)


def test_runs_of_other_cases_are_refused():
    one = run([0.1, 0.2])
    with pytest.raises(InputError, match="different cases"):
        compare_runs([one], [run([0.1, 0.2], users=np.array([1, 2]))], "m")
    with pytest.raises(InputError, match="different cases"):
        compare_runs([one], [run([0.1, 0.2], target=np.array([1, 2]))], "m")
    with pytest.raises(InputError, match="several cases"):
        twice = run([0.1, 0.2], users=np.array([1, 1]))
        compare_runs([twice], [twice], "m")
    with pytest.raises(InputError, match="at least one"):
        compare_runs([], [one], "m")


@pytest.mark.parametrize(
    ("p_values", "stands"),
    [
        ([0.01, 0.04, 0.03], [True, False, False]),  # .03 > .05 / 2 stops .04 too
        ([0.01, 0.02, 0.04], [True, True, True]),
        ([0.02, 0.001, 0.9], [True, True, False]),
        ([0.03, 0.04], [False, False]),
        ([], []),
    ],
)
def test_holm(p_values, stands):
    assert holm(p_values) == stands


def test_the_number_of_users_gives_the_power_that_it_promises():
    generator, spread, difference = np.random.default_rng(3), 0.4, 0.05
    n = users_needed(spread, difference)
    draws = generator.normal(difference, spread, (4000, n))
    low = draws.mean(1) - 1.96 * draws.std(1) / n**0.5
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)
    assert users_needed(spread, difference / 2) == pytest.approx(4 * n, rel=0.01)
    with pytest.raises(InputError):
        users_needed(0.4, 0.0)
