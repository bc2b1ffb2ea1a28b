"""Bi-attention and two levels learn: in a small world they end above the best floor and below the ceiling."""

import pytest
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import OracleModel, leave_one_out
from seqrec_lib.data.worlds import World, WorldSettings
from seqrec_lib.evaluation import paired_difference
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity

SIZES = {"types": 3, "films": 8, "series": 8, "categories": 4, "min_length": 12, "max_length": 20}
LAGS = ((4, 0.6), (5, 1.0), (6, 1.0), (7, 0.6))
WORLDS = {
    "bi-attention": {"users": 600},
    "two-level": {"users": 1000, "skin": "music", "repeats": True, "self_call": True, "fade_hours": 3.0,
                  "succession": 3.5, "trigger": 0.6, "taste": 1.1, "sharpness": 2.2},
}  # fmt: skip


@pytest.mark.parametrize("recipe", WORLDS)
def test_a_trained_model_stands_between_floor_and_ceiling(recipe):
    world = World(WorldSettings(name="small", seed=1, **SIZES, lag_kernel=LAGS, **WORLDS[recipe]))
    split = leave_one_out(world, max_len=20)
    torch.manual_seed(0)
    model = build(recipe_settings(recipe, world.n_items, max_len=20, dim=32, dropout=0.0))
    how = {"epochs": 6, "batch_size": 32, "lr": 1e-2, "schedule": "cosine", "warmup": 20, "patience": 0}
    fit(model, split, **how, evaluate_every=6, progress=False, seed=0, device="cpu")
    found = evaluate(model, split.test)
    top = paired_difference(evaluate(OracleModel(world), split.test), found, "NDCG@10")
    assert top.low > 0
    for floor in (Popularity(split.train_log), Markov(split.train_log)):
        gain = paired_difference(found, evaluate(floor, split.test), "NDCG@10")
        assert gain.low > 0, (gain.mean, gain.low, gain.high)
