"""gBCE with the recipe's settings learns what follows what; without them it stands still at popularity."""

import pytest
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.baselines import Popularity
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.models import build, find_recipe, recipe_settings


@pytest.fixture(scope="module")
def split():
    return leave_one_out(simulate("video", users=1500, seed=5), max_len=50)


def times_popularity(split, scale_items=False, **changes):
    torch.manual_seed(0)
    n_items = split.log.n_items
    model = build(recipe_settings("gsasrec", n_items, max_len=50, scale_items=scale_items))
    small = {"batch_size": 32, "lr": 4e-3, "negatives": 64, "epochs": 4, "patience": 0}
    fit(model, split, **{**find_recipe("gsasrec").training, **small, **changes}, progress=False, seed=0)
    popular = evaluate(Popularity(split.train_log), split.test)["NDCG@10"]
    return evaluate(model, split.test)["NDCG@10"] / popular


def test_the_recipe_leaves_popularity_behind(split):
    assert times_popularity(split) > 2


@pytest.mark.parametrize("usual", [{"clip": 1.0}, {"scale_items": True}])
def test_without_one_of_its_settings_it_stands_still(split, usual):
    assert times_popularity(split, **usual) < 1.5
