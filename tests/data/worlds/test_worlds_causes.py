"""Causes: shares that sum to 1, that agree with the causes drawn, and with one another."""

import pytest
import torch
from tiny_worlds import SPOILS, spoiled, tiny_world, walk

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.worlds import causes

FAR = 6.0


def drawn_and_told(world, users=None):
    """For every event: posterior ``(N, T+1)``, column of the drawn cause ``(N,)``, predictive."""
    width = world.draw.items.shape[1]
    told, drawn, ahead = [], [], []
    for step, rows, _, belief in walk(world, users):
        asked = world.draw.items[: len(belief.posterior), step]
        told.append(causes.posterior(belief, asked, width)[rows])
        ahead.append(causes.predictive(belief, width)[rows])
        cause = world.draw.cause[rows, step]
        drawn.append(torch.where(cause < 0, width, cause))
    return torch.cat(told), torch.cat(drawn), torch.cat(ahead)


def calibration(told, drawn, low, high):
    """Standard errors between told and seen frequency, over shares from ``low`` to ``high``."""
    hit = torch.nn.functional.one_hot(drawn, told.shape[1]).double()
    chosen = (told > low) & (told <= high)
    share, came = told[chosen], hit[chosen]
    assert len(share) > 200
    spread = (share * (1 - share)).sum().sqrt()  # exact when the shares are right
    return float((came - share).sum().abs() / spread.clamp(min=1e-9))


# Calls so weak, and items so few, that taste and popularity often bring the called item themselves.
WEAK = {
    "series": 4,
    "films": 4,
    "succession": 0.06,
    "trigger": 0.06,
    "entry": 1.0,
    "lag_kernel": ((2, 1.0), (3, 1.0), (4, 0.5)),
    "repeats": True,
}


@pytest.fixture(scope="module", params=["plain", "repeats", "weak"])
def told(request, middling):
    weak = request.param == "weak"
    return drawn_and_told(simulate("video", users=400, **WEAK) if weak else middling[request.param])


def test_shares_sum_to_one_and_look_back_only(told):
    posterior, _, ahead = told
    for shares in (posterior, ahead):
        torch.testing.assert_close(shares.sum(1), torch.ones(len(shares), dtype=torch.float64))
        assert shares.min() >= -1e-12


def test_no_share_goes_to_an_event_that_is_yet_to_come(middling):
    for step, rows, item, belief in walk(middling["plain"], users=50):
        shares = causes.posterior(belief, item, 90)[rows]
        assert (shares[:, step:-1] == 0).all()


def test_a_share_is_the_frequency_with_which_that_cause_was_drawn(told):
    """Share by share, wherever enough of them fall."""
    posterior, drawn, _ = told
    edges = [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.1]
    bins = [
        (low, high)
        for low, high in zip(edges, edges[1:], strict=False)
        if ((posterior > low) & (posterior <= high)).sum() > 200
    ]
    assert len(bins) >= 2
    for low, high in bins:
        assert calibration(posterior, drawn, low, high) < 3.5, (low, high)


def test_weak_calls_leave_the_cause_open():
    """The check above sees every kind of share, not only near 0 and near 1."""
    posterior, _, _ = drawn_and_told(simulate("video", users=400, **WEAK))
    for low, high in ((0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9)):
        assert ((posterior > low) & (posterior <= high)).sum() > 200


def test_mean_predictive_share_is_the_frequency_of_each_kind_of_cause(told):
    """Before the item is known: none, and so also some event."""
    _, drawn, ahead = told
    none = ahead[:, -1]
    came = (drawn == ahead.shape[1] - 1).double()
    gap = came - none
    assert gap.mean().abs() < 3.5 * gap.std() / len(gap) ** 0.5
    assert 0.2 < came.mean() < 0.99


@pytest.mark.parametrize("what", ["trigger", "spent"])
def test_calibration_rejects_spoiled_causes(what, middling, monkeypatch):
    world = spoiled(middling[SPOILS[what]], what, monkeypatch)
    posterior, drawn, _ = drawn_and_told(world)
    worst = max(calibration(posterior, drawn, *edges) for edges in ((0.0, 0.5), (0.5, 1.1)))
    assert worst > FAR


def test_predictive_is_the_posterior_weighed_by_the_oracle(video):
    """Sum over items of p(item) times cause_posterior(item) is cause_predictive."""
    draw, rows = video.draw, slice(0, 12)
    lengths = 2 * torch.arange(1, 13)
    batch = Batch(
        items=draw.items[rows], lengths=lengths, times=draw.times[rows], query_time=draw.times[rows, 0]
    )
    p = video.oracle(batch.items, batch.times, batch.lengths, batch.query_time)
    total = torch.zeros(12, batch.items.shape[1] + 1, dtype=torch.float64)
    for item in range(1, video.n_items + 1):
        total += p[:, item, None] * video.cause_posterior(batch, torch.full((12,), item))
    torch.testing.assert_close(total, video.cause_predictive(batch), rtol=1e-9, atol=1e-12)


def test_a_lag_in_two_parts_is_one_lag():
    """Shares of one event add up, however the kernel is written."""
    whole = tiny_world(users=300, lag_kernel=((2, 1.0),))
    parts = tiny_world(users=300, lag_kernel=((2, 0.4), (2, 0.6)))
    batch = Batch(items=whole.draw.items, lengths=torch.full((300,), 3))
    torch.testing.assert_close(parts.cause_predictive(batch), whole.cause_predictive(batch))
    companion = whole.tables.called[batch.items[:, 1]]
    back = [w.cause_posterior(batch, companion) for w in (parts, whole)]
    torch.testing.assert_close(*back)
    assert (back[0][:, 1] > 0.5).any()


def test_an_item_that_cannot_come_has_no_cause(video):
    batch = Batch(items=torch.tensor([[5, 9]]), lengths=torch.tensor([2]))
    assert (video.cause_posterior(batch, torch.tensor([9])) == 0).all()


def test_a_second_part_is_caused_by_the_first(video):
    """Part 2 right after part 1: nearly all of it is succession."""
    first = int((video.tables.part == 1).nonzero()[0])
    batch = Batch(items=torch.tensor([[first + 7, first]]), lengths=torch.tensor([2]))
    shares = video.cause_posterior(batch, torch.tensor([first + 1]))[0]
    assert shares[1] > 0.9 and shares.argmax() == 1
