"""Decisions between models: users and runs both count, several comparisons, how many users it takes."""

import numpy as np
import pytest

from seqrec_lib.evaluation.decisions import compare_runs, holm, users_needed
from seqrec_lib.evaluation.scorecard import Evaluation
from seqrec_lib.evaluation.student import student_quantile, student_tails
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
    found = compare_runs(a, b, "m")
    assert found.difference.mean == pytest.approx(0.1)
    assert found.difference.low > 0 and found.verdict(0.01) == "better" and found.p_value < 0.05
    assert compare_runs(b, a, "m").verdict(0.01) == "worse"


def covered(runs, of_run=0.0, of_user=0.0, alone=0.0, trials=600, users=60):
    """How often the interval holds the truth, 0, of two models that are alike, and its mean width.

    The noise: ``of_run`` that of a run, the same for all users; ``of_user`` that of a user, the same in all
    runs of a model; ``alone`` that of one user in one run.
    """
    generator, held, width = np.random.default_rng(1), 0, 0.0

    def model():
        user = generator.normal(0, 1, users) * of_user
        return [
            run(user + generator.normal() * of_run + generator.normal(0, 1, users) * alone)
            for _ in range(runs)
        ]

    for _ in range(trials):
        found = compare_runs(model(), model(), "m").difference
        held, width = held + (not found.apart), width + found.high - found.low
    return held / trials, width / trials


NOISE = {  # the standard deviations of runs, of users, and of users in single runs
    "runs alone": {"of_run": 0.05},
    "users alone": {"of_user": 0.3},
    "users in single runs alone": {"alone": 0.3},
    "all three": {"of_run": 0.03, "of_user": 0.2, "alone": 0.2},
}


@pytest.mark.parametrize("runs", [2, 3, 5])
@pytest.mark.parametrize("noise", NOISE)
def test_the_interval_holds_the_truth_as_often_as_it_says(noise, runs):
    share, _ = covered(runs, **NOISE[noise])
    assert 0.92 < share < (0.999 if runs == 2 else 0.995), (noise, runs, share)  # two make it rather wide


def test_where_runs_add_nothing_the_interval_is_hardly_wider_than_it_must_be():
    """What a bootstrap of users and runs counts three times counts once; runs seem to differ by chance."""
    for noise, limit in (("users alone", 1.1), ("users in single runs alone", 1.6)):
        _, width = covered(3, **NOISE[noise])
        spread = NOISE[noise].get("of_user", 0) ** 2 + NOISE[noise].get("alone", 0) ** 2 / 3
        assert 1.0 < width / (2 * 1.96 * (2 * spread / 60) ** 0.5) < limit


def test_one_run_of_each_is_refused_and_one_of_a_fixed_model_adds_nothing():
    one, other = run([0.1, 0.2, 0.4]), run([0.2, 0.1, 0.3])
    with pytest.raises(InputError, match="paired_difference"):
        compare_runs([one], [other], "m")
    again = compare_runs([one, one], [other, other], "m")
    assert compare_runs([one, one], [other], "m").error == pytest.approx(again.error)


def test_the_parts_of_the_variance_by_hand():
    """Two runs of three users against one run: each mean and square written out."""
    a, b = [run([1.0, 0.0, 0.5]), run([0.8, 0.4, 0.9])], [run([0.5, 0.1, 0.6])]
    found = compare_runs(a, b, "m")
    differences = [0.9 - 0.5, 0.2 - 0.1, 0.7 - 0.6]
    of_users = np.var(differences, ddof=1) / 3
    of_run_means = ((0.5 - 0.6) ** 2 + (0.7 - 0.6) ** 2) / 1
    # the rest of run 1: value - run's mean - user's mean + mean; run 2 has it with the other sign
    rest = [1.0 - 0.5 - 0.9 + 0.6, 0.0 - 0.5 - 0.2 + 0.6, 0.5 - 0.5 - 0.7 + 0.6]
    alone = 2 * sum(x**2 for x in rest) / (1 * 2)
    of_runs = max(0, of_run_means - alone / 3) / 2
    assert (found.of_users, found.of_runs) == pytest.approx((of_users, of_runs)) and of_runs == 0
    doubt = (
        of_users**2 / 2 + ((of_run_means / 2) ** 2 + (alone / 6) ** 2 / 2) / 1
    )  # each square by its degrees
    assert found.error == pytest.approx(of_users**0.5) and found.degrees == pytest.approx(of_users**2 / doubt)
    half = student_quantile(0.975, of_users**2 / doubt) * of_users**0.5
    assert found.difference.high - found.difference.mean == pytest.approx(half)
    apart = compare_runs([run([1.0, 0.0, 0.5]), run([1.8, 0.8, 1.2])], b, "m")
    assert apart.of_runs > 0 and apart.degrees < 2.5  # two runs that differ for all users alike


def test_p_value_and_interval_say_the_same():
    generator = np.random.default_rng(5)
    a, b = made(generator, 0.03), made(generator, 0.0)
    found = compare_runs(a, b, "m")
    edge = compare_runs(a, b, "m", level=1 - found.p_value).difference
    assert min(abs(edge.low), abs(edge.high)) < 1e-9
    same = [run([0.3, 0.5])] * 2
    assert compare_runs(same, same, "m").p_value == 1.0
    apart = [run([0.5, 0.75])] * 2, [run([0.25, 0.5])] * 2
    assert compare_runs(*apart, "m").p_value == 0.0  # the same for everybody


def test_level_and_unknown_are_told_apart():
    generator = np.random.default_rng(2)
    many = [run(generator.normal(0.5, 0.1, 20_000)) for _ in range(3)]
    same = compare_runs(many, [run(one.values("m")[::-1]) for one in many], "m")
    assert same.verdict(0.01) == "equal"
    few = [run(one.values("m")[:50]) for one in many]
    other = [run(one.values("m")[-50:]) for one in many]
    assert compare_runs(few, other, "m").verdict(0.001) == "unknown"
    with pytest.raises(InputError, match="margin"):
        same.verdict(0)


def test_runs_of_other_cases_are_refused():
    one = run([0.1, 0.2])
    with pytest.raises(InputError, match="different cases"):
        compare_runs([one, one], [run([0.1, 0.2], users=np.array([1, 2]))], "m")
    with pytest.raises(InputError, match="different cases"):
        compare_runs([one, one], [run([0.1, 0.2], target=np.array([1, 2]))], "m")
    with pytest.raises(InputError, match="several cases"):
        twice = run([0.1, 0.2], users=np.array([1, 1]))
        compare_runs([twice, twice], [twice], "m")
    with pytest.raises(InputError, match="at least one"):
        compare_runs([], [one], "m")
    with pytest.raises(InputError, match="one user"):
        compare_runs([run([0.1])] * 2, [run([0.2])], "m")
    with pytest.raises(InputError, match="level"):
        compare_runs([one, one], [one], "m", level=95)


@pytest.mark.parametrize(
    ("degrees", "quantile"),  # of tables, two-sided 95%
    [(1, 12.7062), (2, 4.30265), (4, 2.77645), (30, 2.04227), (1000, 1.96234), (5e6, 1.95996)],
)
def test_student(degrees, quantile):
    assert student_quantile(0.975, degrees) == pytest.approx(quantile, rel=1e-5)
    assert student_tails(-quantile, degrees) == pytest.approx(0.05, rel=1e-4)
    assert student_tails(0, degrees) == pytest.approx(1)
    assert student_quantile(0.5, degrees) == pytest.approx(0, abs=1e-9)


def test_student_far_out_and_between_whole_degrees():
    assert student_tails(100, 2) == pytest.approx(1 - 100 / 10002**0.5, rel=1e-6)  # t / root of (t^2 + 2)
    assert student_tails(3, 1) == pytest.approx(1 - 2 * np.arctan(3) / np.pi)
    draws = np.random.default_rng(0).standard_t(2.6, 200_000)
    assert (np.abs(draws) > student_quantile(0.975, 2.6)).mean() == pytest.approx(0.05, abs=0.002)


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
