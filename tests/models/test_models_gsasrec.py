"""gBCE with the recipe learns what follows what; with AdamW's usual memory it still stands at popularity."""

import pytest
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.models import build, find_recipe, recipe_settings
from seqrec_lib.models.baselines import Popularity
from seqrec_lib.training import loop


@pytest.fixture(scope="module")
def split():
    return leave_one_out(simulate("video", users=1500, seed=5), max_len=50)


def times_popularity(split, **changes):
    torch.manual_seed(0)
    model = build(recipe_settings("gsasrec", split.log.n_items, max_len=50))
    # The world is small: small batches for many steps.
    small = {"negatives": 64, "batch_size": 8, "lr": 4e-3, "epochs": 4, "patience": 0}
    fit(model, split, **{**find_recipe("gsasrec").training, **small, **changes}, progress=False, seed=0)
    popular = evaluate(Popularity(split.train_log), split.test)["NDCG@10"]
    return evaluate(model, split.test)["NDCG@10"] / popular


def test_the_recipe_leaves_popularity_behind(split):
    assert times_popularity(split) > 2


def test_with_the_usual_memory_it_stands_still(split):
    assert times_popularity(split, beta2=0.999) < 1.5


def test_the_first_gradients_are_by_far_the_largest(split, monkeypatch):
    """Why the memory matters: chapter 9 says so."""
    norms, clip = [], loop.clip_grad_norm_

    def watched(parameters, limit):
        norms.append(clip(parameters, limit))

    monkeypatch.setattr(loop, "clip_grad_norm_", watched)
    times_popularity(split, beta2=0.999, epochs=2)
    first, later = torch.stack(norms[:10]).median(), torch.stack(norms[-100:]).median()
    assert first > 10 * later > 0
