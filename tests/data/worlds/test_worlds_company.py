"""An oracle's row in company is the row alone: mixed lengths, whatever stands in the padding.

In a world whose types differ in pace the gap before the request tells something about the type, and each row
of a batch makes its request after another number of steps.
"""

from dataclasses import replace

import pytest
import torch
from tiny_worlds import tiny_world

from seqrec_lib.data import Batch

WORLDS = {
    "video": {},
    "video, repeats": {"repeats": True},
    "shop": {},
    "music": {},
    "ads": {},
    "finance": {},
    "courses": {},
    "care": {},
    "city": {},
    "finance, pulled to the weekend": {"weekend_pull": 0.6},
    "shop, paced": {"pace": 1.5},
}
LENGTHS = (4, 1, 3, 2, 4, 1, 2, 3)


PACED = ["music", "courses", "finance", "finance, pulled to the weekend", "shop, paced"]


@pytest.fixture(scope="module", params=WORLDS)
def case(request):
    """``(world, batch)``: histories of mixed lengths with rubbish in the padding."""
    changes = WORLDS[request.param]
    world = tiny_world(request.param.partition(",")[0], **{"users": 8, "seed": 3, **changes})
    drawn = world.draw
    steps = drawn.items.shape[1]
    lengths = torch.tensor(LENGTHS).clamp(max=steps - 1)  # one item was left for each of them
    own = drawn.times.gather(1, (lengths - 1)[:, None])[:, 0]
    wait = torch.tensor([60.0, 3e5, 9e4, 600.0, 8e5, 1e4, 2e6, 30.0], dtype=torch.float64)
    real = torch.arange(steps) < lengths[:, None]
    items, times = torch.where(real, drawn.items, 1), torch.where(real, drawn.times, own[:, None] + 5.0)
    return world, Batch(items=items, lengths=lengths, times=times, query_time=own + wait)


def ask(world, batch):
    """All that a world says of a batch of histories."""
    cause = batch.items[:, :1].squeeze(1) % world.n_items + 1
    return {
        "oracle": world.oracle(batch.items, batch.times, batch.lengths, batch.query_time),
        "predictive": world.cause_predictive(batch),
        "posterior": world.cause_posterior(batch, cause),
    }


def test_a_row_alone_is_the_row_in_company(case):
    world, batch = case
    together = ask(world, batch)
    for row, length in enumerate(batch.lengths.tolist()):
        for what, alone in ask(world, batch.rows(slice(row, row + 1)).trim()).items():
            mine = together[what][row]
            if what != "oracle":  # (T + 1) columns: the events, then "none"
                assert not mine[length:-1].any()
                mine = torch.cat([mine[:length], mine[-1:]])
            torch.testing.assert_close(alone[0], mine, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", PACED, indirect=True)
def test_the_time_of_the_request_is_heard_by_rows_of_every_length(case):
    world, batch = case
    assert world.settings.pace
    own = batch.last(batch.times)
    soon, late = (replace(batch, query_time=own + wait) for wait in (60.0, 3e5))
    here, there = (ask(world, each)["oracle"] for each in (soon, late))
    open_ = here.amax(1) < 0.999  # more than one item can come
    assert open_.sum() >= 4 and ((here - there)[open_].abs().amax(1) > 1e-6).all()
