"""The worlds of the outlook can be learned: a short training stands between popularity and the ceiling."""

import pytest

from seqrec_lib import train
from seqrec_lib.data import OUTLOOK, leave_one_out, simulate
from seqrec_lib.experiments.measure import measure


@pytest.mark.parametrize("name", OUTLOOK)
def test_a_short_training_stands_between_floor_and_ceiling(name):
    world = simulate(name, users=400, seed=1)
    split = leave_one_out(world, max_len=world.max_length)
    run = train("gru4rec", split, epochs=8, dim=32, device="cpu", progress=False)
    found = measure(run.model, split, world, ks=(10,))
    reached = found["test"]["NDCG@10"]
    assert found["floors"]["popularity"]["NDCG@10"] < reached < found["ceiling"]["NDCG@10"]
    assert found["ceiling_above_model"]["NDCG@10"]["low"] > 0
