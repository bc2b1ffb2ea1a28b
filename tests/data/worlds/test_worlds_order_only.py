"""The oracle without its clock: right in a crowd counted by items alone, and blind to all times."""

from dataclasses import replace

import pytest
import torch
from tiny_worlds import chi_square, tiny_world

from seqrec_lib.data import Batch, OracleModel, leave_one_out, simulate
from seqrec_lib.data.worlds import OrderOnlyOracle, order_only
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.scorecard import paired_difference

LEVEL, CERTAIN = 1e-3, 1e-9
USERS, STEPS = 120_000, 3


@pytest.fixture(scope="module", params=["shop", "music", "finance"])
def crowd(request):
    return tiny_world(request.param, users=USERS, seed=3)


def agreement(world, particles=4000):
    """p-value of the crowd's items after each history of fewer than STEPS items, whatever the times."""
    draw = world.draw
    seen, hoped = [], []
    for step in range(1, min(STEPS, draw.items.shape[1])):
        histories, group = draw.items[:, :step].unique(dim=0, return_inverse=True)
        model = OrderOnlyOracle(world, particles)
        p = model.score(Batch(items=histories, lengths=torch.full((len(histories),), step)))
        counts = torch.zeros_like(p)
        counts.index_put_((group, draw.items[:, step]), torch.ones(USERS, dtype=p.dtype), accumulate=True)
        seen.append(counts)
        hoped.append(p * counts.sum(1, keepdim=True))
    return chi_square(torch.cat(seen), torch.cat(hoped))


def test_a_crowd_counted_by_items_alone_agrees(crowd):
    assert agreement(crowd) > LEVEL


def test_the_crowd_rejects_particles_that_learn_nothing(monkeypatch):
    """Courses of times that are not kept by how well they explain the items: the date stays unknown."""
    crowd = tiny_world("shop", users=USERS, seed=3)
    honest = order_only.resample
    monkeypatch.setattr(order_only, "resample", lambda weight, rng: honest(torch.ones_like(weight), rng))
    assert agreement(crowd) < CERTAIN


def test_no_time_is_read():
    world = simulate("shop", users=40, seed=1)
    batch = leave_one_out(world, max_len=world.max_length).test.batch
    model = OrderOnlyOracle(world, particles=5)
    timeless = replace(batch, times=None, query_time=None)
    p = model.score(batch)
    assert torch.equal(p, model.score(timeless))
    assert p.sum(1) == pytest.approx(torch.ones(len(p)).numpy()) and bool((p[:, 0] == 0).all())
    assert torch.equal(model.score(batch, batch.items[:, :2]), p.gather(1, batch.items[:, :2]))


def test_where_time_tells_nothing_it_is_the_oracle(video):
    batch = leave_one_out(video, max_len=video.max_length).test.batch.rows(slice(0, 50))
    assert torch.allclose(OrderOnlyOracle(video).score(batch), OracleModel(video).score(batch))


def test_it_is_below_the_oracle_where_time_matters():
    world = simulate("shop", users=400, seed=1)
    cases = leave_one_out(world, max_len=world.max_length).test
    oracle, blind = (evaluate(m, cases, (10,)) for m in (OracleModel(world), OrderOnlyOracle(world, 20)))
    assert paired_difference(oracle, blind, "NDCG@10", level=0.999).low > 0
