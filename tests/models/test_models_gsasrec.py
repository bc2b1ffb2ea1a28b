"""gBCE with the recipe learns what follows what; with AdamW's usual memory it still stands at popularity."""

import pytest
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.models import build, find_recipe, recipe_settings
from seqrec_lib.models.baselines import Popularity
from seqrec_lib.training import loop

# The world and the model are small: small batches for many steps. ``auto`` precision is the machine's choice.
MODEL = {"max_len": 16, "dim": 32, "ff_width": 32, "layers": 1}
TRAINING = {
    **{"negatives": 32, "batch_size": 8, "lr": 4e-3, "epochs": 4, "patience": 0, "evaluate_every": 4},
    "precision": "fp32",
}


@pytest.fixture(scope="module")
def trained():
    """By memory: ``(times popularity's NDCG@10, the norm of the gradient at each step)``."""
    split = leave_one_out(simulate("video", users=1500, seed=5), max_len=MODEL["max_len"])
    popular = evaluate(Popularity(split.train_log), split.test, (10,))["NDCG@10"]
    clip, recipe, found = loop.clip_grad_norm_, find_recipe("gsasrec").training, {}
    for memory, changes in (("recipe", {}), ("usual", {"beta2": 0.999})):
        torch.manual_seed(0)
        model, norms = build(recipe_settings("gsasrec", split.log.n_items, **MODEL)), []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                loop, "clip_grad_norm_", lambda weights, most, n=norms: n.append(clip(weights, most))
            )
            fit(model, split, **{**recipe, **TRAINING, **changes}, device="cpu", progress=False, seed=0)
        score = evaluate(model, split.test, (10,), with_coverage=False)["NDCG@10"]
        found[memory] = score / popular, torch.stack(norms)
    return found


def test_the_recipe_leaves_popularity_behind(trained):
    assert trained["recipe"][0] > 2


def test_with_the_usual_memory_it_stands_still(trained):
    assert trained["usual"][0] < 1.5


def test_the_first_gradients_are_by_far_the_largest(trained):
    """Why the memory matters: chapter 9 says so."""
    norms = trained["usual"][1]
    assert norms[:10].median() > 10 * norms[-100:].median() > 0
