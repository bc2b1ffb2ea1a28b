"""Impressions in three parts by users, and a share of the items without a click left out."""

import numpy as np
import pytest
import torch

from seqrec_lib.data import DataError, simulate
from seqrec_lib.data.click_splits import split_clicks, thin_out
from seqrec_lib.data.worlds.clicks import logger_weights
from seqrec_lib.data.worlds.serving import as_requests, views_of

WORLD = simulate("ads", users=120, seed=3)


def users_of(part):
    return set(part.users.tolist())


def test_each_user_is_in_one_part_with_all_slates():
    split = split_clicks(WORLD)
    parts = [users_of(part) for part in (split.train, split.validation, split.test)]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 120
    assert [len(part) for part in parts] == [96, 12, 12]
    assert set(split.train_log.users.tolist()) == parts[0]
    assert split.clicks and split.protocol == "clicks-new-users"


def test_who_falls_where_is_no_matter_of_training():
    torch.manual_seed(1)
    np.random.seed(1)
    first = split_clicks(WORLD)
    torch.manual_seed(2)
    np.random.seed(2)
    assert users_of(first.test) == users_of(split_clicks(WORLD).test)


def test_a_log_alone_says_nothing_of_clicks():
    with pytest.raises(DataError, match="give impressions too"):
        split_clicks(WORLD.log)


def test_a_part_that_judges_nothing_is_named():
    few = simulate("ads", users=8, seed=3)
    with pytest.raises(DataError, match="part, .* slates?, has no slate with a clicked item"):
        split_clicks(few)


def test_all_clicks_stay_and_a_share_of_the_rest():
    slates = split_clicks(WORLD).train
    thin = thin_out(slates, 0.25, seed=1)
    shown, click = slates.candidates > 0, slates.labels > 0
    assert torch.equal(thin.candidates[click], slates.candidates[click])
    left = (thin.candidates > 0)[shown & ~click].double().mean()
    assert 0.2 < left < 0.3 and torch.equal(thin.labels, slates.labels)
    assert torch.equal(thin_out(slates, 1.0).candidates, slates.candidates)
    assert torch.equal(thin_out(slates, 0.25, seed=1).candidates, thin.candidates)
    assert not torch.equal(thin_out(slates, 0.25, seed=2).candidates, thin.candidates)


@pytest.mark.parametrize("kept", [0.0, -0.5, 1.5])
def test_no_share(kept):
    with pytest.raises(DataError, match="a share above 0"):
        thin_out(split_clicks(WORLD).train, kept)


def test_the_chance_of_a_look_is_that_of_slates_drawn_one_by_one():
    """The logging policy draws without replacement: sort by weight and noise; count where an item stands."""
    batch, candidates = WORLD.click_batch, WORLD.click_batch.candidates
    weights = torch.zeros(len(batch), WORLD.n_items + 1, dtype=torch.float64)
    for rows, view in views_of(WORLD, as_requests(WORLD, batch), 200):
        weights[rows] = logger_weights(WORLD.settings, view).double()
    rng, places = np.random.default_rng(7), np.arange(1, WORLD.settings.slate + 1)
    look = WORLD.looked_at(batch, candidates, draws=4000).numpy()
    scores = []
    for row in range(3):
        with np.errstate(divide="ignore"):
            logs = np.log(weights[row].numpy())
        drawn = np.argsort(-(logs + rng.gumbel(size=(8000, len(logs)))), 1)[:, : len(places)]
        for column, item in enumerate(candidates[row].tolist()):
            counts = (drawn == item).sum(0)  # by place
            looks = np.repeat(places**-WORLD.settings.examination, counts)
            if len(looks) > 100:
                scores.append((look[row, column] - looks.mean()) / (looks.std() / len(looks) ** 0.5))
    assert len(scores) > 40 and abs(np.mean(scores)) < 0.6 and np.std(scores) < 1.5


def test_the_chance_of_a_look_lies_between_the_last_place_and_the_first():
    requests, slates = WORLD.click_batch.rows(slice(0, 5)), WORLD.click_batch.candidates[:5]
    look = WORLD.looked_at(requests, slates)
    fade = WORLD.settings.examination
    assert look.shape == slates.shape
    assert float(look.max()) <= 1 and float(look.min()) >= slates.shape[1] ** -fade - 1e-9
    # The policy puts what it likes further up, so over many slates the first column is looked at more.
    many = WORLD.looked_at(WORLD.click_batch, WORLD.click_batch.candidates).mean(0)
    assert float(many[0]) > float(many[-1])
