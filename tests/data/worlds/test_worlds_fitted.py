"""The attainable ceiling: fitted numbers approach the true ones, and know nothing that they may not."""

from dataclasses import replace

import pytest
import torch

from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.data.worlds import fit_world
from seqrec_lib.data.worlds.fitted import climb, gather, surprise
from seqrec_lib.data.worlds.fitting import numbers as guesses
from seqrec_lib.data.worlds.fitting import steps
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.scorecard import paired_difference
from seqrec_lib.messages import InputError
from seqrec_lib.models.baselines import Markov

SMALL = {
    "series": 8,
    "parts": 3,
    "films": 12,
    "types": 3,
    "categories": 4,
    "min_length": 12,
    "max_length": 20,
}
# Each of the parts of the other worlds, in the small; entry and lengths as above.
TIMED = {
    "finance": {**SMALL, "drift": 2.0, "start_days": 700.0},
    "music": {**SMALL, "pace": 1.2},
}


def world_and_split(name="video", **changes):
    world = simulate(name, **{**SMALL, **changes})
    return world, leave_one_out(world, max_len=world.max_length)


@pytest.fixture(scope="module")
def large():
    """``(world, split, fitted)`` with many users."""
    world, split = world_and_split(users=5000, seed=1)
    return world, split, fit_world(world.settings, split)


@pytest.fixture(scope="module")
def few():
    """The same with few."""
    world, split = world_and_split(users=200, seed=1)
    return world, split, fit_world(world.settings, split)


def unit(tables):
    """Total of taste and popularity, which is 1 in fitted tables."""
    return float(tables.popularity.sum() + tables.prior @ tables.taste.sum(1))


def ratio(found, true):
    """Of the mean strengths of the items that call."""
    return float(found[true > 0].mean() / true[true > 0].mean())


def divergence(world, fitted, cases):
    """Mean nats by which the fitted p are off the oracle's."""
    p, q = (model.score(cases.batch)[:, 1:] for model in (OracleModel(world), fitted))
    return float(torch.where(p > 0, p * (p / q.clamp(min=1e-12)).clamp(min=1e-12).log(), 0.0).sum(1).mean())


def test_links_are_found_by_counting(large):
    world, _, fitted = large
    for link in ("successor", "called"):
        true, found = getattr(world.tables, link), getattr(fitted.tables, link)
        assert torch.equal(found[true > 0], true[true > 0])
        assert int((found[true == 0] > 0).sum()) <= 3  # of some thirty items that have none


def test_numbers_come_near_the_true_ones(large):
    world, _, fitted = large
    true, found = world.tables, fitted.tables
    scale = unit(true)
    assert unit(found) == pytest.approx(1.0)
    assert ratio(found.succession, true.succession / scale) == pytest.approx(1.0, abs=0.05)
    # At the later lags few items are still waited for, so little is known of them.
    for (lag, one), (_, other) in zip(
        fitted.settings.lag_kernel[:2], world.settings.lag_kernel[:2], strict=True
    ):
        called = ratio(found.trigger * one, true.trigger * other / scale)
        assert called == pytest.approx(1.0, abs=0.1), lag
    # What all types like may count as popular as well: the sum of both is what can be known. And which of
    # the types is which cannot: each true one has a fitted one of its own that is like it.
    sums = [each.popularity + each.taste for each in (true, found)]
    near = torch.cdist(sums[0] / scale, sums[1], p=1).min(1)
    assert float(near.values.max()) < 0.2 and len(set(near.indices.tolist())) == world.settings.types
    assert found.prior[near.indices].tolist() == pytest.approx(true.prior.tolist(), abs=0.05)


def test_probabilities_approach_the_oracle_with_more_users(few, large):
    off = [divergence(world, fitted, split.test) for world, split, fitted in (few, large)]
    assert 0 <= off[1] < 0.01 and off[1] < off[0] / 4


@pytest.mark.parametrize("crowd", ["few", "large"])
def test_it_stands_between_floor_and_oracle(crowd, request):
    world, split, fitted = request.getfixturevalue(crowd)
    models = (OracleModel(world), fitted, Markov(split.train_log))
    oracle, found, floor = (evaluate(model, split.test, (10,)) for model in models)
    assert paired_difference(oracle, found, "NDCG@10", level=0.999).high >= 0
    assert paired_difference(found, floor, "NDCG@10", level=0.999).low > 0


def test_column_0_and_seen_items_are_as_the_oracle_has_them(few):
    world, split, fitted = few
    p, oracle = fitted.score(split.test.batch), OracleModel(world).score(split.test.batch)
    assert torch.equal(p == 0, oracle == 0) and bool((p[:, 0] == 0).all())
    assert p.sum(1) == pytest.approx(torch.ones(len(p)).numpy())
    some = split.test.batch.items[:, :3]
    assert torch.equal(fitted.score(split.test.batch, some), p.gather(1, some))


def test_at_the_true_numbers_counts_are_what_exposures_foretell(large):
    """Each expected count is its exposure times the true intensity, within 4 standard errors."""
    world, split, _ = large
    evidence, true = gather(split.train_log, world.settings), world.tables
    guess = guesses.first_guess(evidence, world.settings, torch.Generator())
    one = {"like": torch.ones_like(guess.like), "own": torch.ones_like(guess.own)}
    strength = torch.stack([true.succession, true.trigger]).clamp(min=1e-12)
    share = torch.tensor([share for _, share in world.settings.lag_kernel], dtype=torch.float64)
    mine = {"special": true.taste.clamp(min=1e-12), "popular": true.popularity, "prior": true.prior}
    known = replace(guess, **one, **mine, mean=guess.mean * 0 + 1, apart=strength, share=share)
    found = steps.expect(known, evidence, 0.0)
    foretold = found.callable * strength[:, None] * torch.stack([torch.ones_like(share), share])[..., None]
    pairs = [(found.called[0].sum(), foretold[0].sum())]
    pairs += list(zip(found.called[1].sum(1), foretold[1].sum(1), strict=True))
    pairs += [(found.popular.sum(), (found.possible.sum(1) * true.popularity).sum())]
    pairs += list(zip(found.taste[0].sum(1), (found.possible[0] * true.taste).sum(1), strict=True))
    for count, hope in pairs:
        assert abs(float(count - hope)) < 4 * float(hope) ** 0.5 and count > 0


def objective(name, users, **changes):
    world, split = world_and_split(name, users=users, **changes)
    evidence = gather(split.train_log, world.settings)
    guess = guesses.first_guess(evidence, world.settings, torch.Generator().manual_seed(0))
    return torch.tensor(climb(guess, evidence, 5.0, most=25)[1], dtype=torch.float64).diff()


@pytest.mark.parametrize("name", ["video", *TIMED])
def test_every_step_climbs(name):
    gain = objective(name, 300, **TIMED.get(name, {}))
    assert len(gain) > 10 and float(gain.min()) > 0


@pytest.mark.parametrize("what", ["possible", "callable", "popular", "taste"])
def test_a_spoiled_step_falls(what, monkeypatch):
    honest = steps.expect

    def spoiled(*given):
        found = honest(*given)
        return replace(found, **{what: getattr(found, what) * 1.5})

    monkeypatch.setattr("seqrec_lib.data.worlds.fitted.expect", spoiled)
    assert float(objective("video", 300).min()) < 0


def test_the_numbers_in_the_settings_are_not_read(few):
    world, split, fitted = few
    numbers = {
        "succession": 9.0,
        "trigger": 0.1,
        "taste": 5.0,
        "popularity": 3.0,
        "zipf": 2.0,
        "sharpness": 0.1,
    }
    kernel = tuple((lag, 1.0) for lag, _ in world.settings.lag_kernel)
    other = replace(world.settings, **numbers, entry=1.0, lag_kernel=kernel, session_end=0.9, seed=7)
    again = fit_world(other, split)
    assert all(torch.equal(getattr(again.tables, name), table) for name, table in vars(fitted.tables).items())
    assert again.settings.lag_kernel == fitted.settings.lag_kernel


def test_validation_chooses_and_test_is_not_read(few):
    world, split, fitted = few
    assert fitted.surprise == pytest.approx(surprise(fitted, split.validation))
    wrong = torch.ones_like(split.test.target)
    blind = replace(split, log=split.train_log, test=replace(split.test, target=wrong))
    assert torch.equal(fit_world(world.settings, blind).tables.taste, fitted.tables.taste)
    blind = replace(blind, validation=replace(split.validation, target=wrong))
    alone, same = (fit_world(world.settings, each, holds=(10.0,)) for each in (split, blind))
    assert torch.equal(alone.tables.taste, same.tables.taste) and alone.surprise != same.surprise


def test_what_does_not_fit_is_refused(few):
    world, _, _ = few
    with pytest.raises(InputError, match="max_len"):
        fit_world(world.settings, leave_one_out(world, max_len=5))
    with pytest.raises(InputError, match="settings of the log's own world"):
        fit_world(replace(world.settings, films=3), leave_one_out(world, max_len=world.max_length))
