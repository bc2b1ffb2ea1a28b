"""Places never trained on: a history that is longer than any in training must not be a cliff.

Leave-one-out asks every user at a place one beyond their training history, and the longest user at one that
nobody was trained on. Here each recipe learns from histories of up to 8 items, where the next item follows
from the last but one, and is then asked with the newest 8 and with 4 more before them. The four say nothing
new, so a model that knows places only by their number is the one that falls.
"""

import pytest
from tiny_models import model_of, reads_order
from walks import walks

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out
from seqrec_lib.models import RECIPES

ITEMS, LONGEST, MORE = 12, 8, 4
KEPT = 0.7  # of NDCG@10; the mean over more states, which attention is compared with, keeps 0.8
STEP = {"bert4rec": 1e-3}  # a Transformer with post-norm does not learn at the step size of the others
LEARNED = 0.75  # NDCG@10; all items in any order have 0.38


def asked(model, longest):
    """NDCG@10 on fresh users of the same process, asked with their newest ``longest`` items."""
    fresh = walks(300, ITEMS, LONGEST + MORE + 1, LONGEST + MORE + 1, seed=1)
    test = leave_one_out(fresh, max_len=longest).test
    assert (test.batch.lengths == longest).all()
    return evaluate(model, test, (10,), with_coverage=False)["NDCG@10"]


@pytest.mark.parametrize("name", [name for name in RECIPES if reads_order(model_of(name))])
def test_a_few_items_more_than_in_training_are_no_cliff(name):
    known, new = known_and_new(name)
    assert new >= KEPT * known, f"NDCG@10 {known:.3f} at known places, {new:.3f} beyond them"


def test_positions_by_distance_are_no_cliff():
    known, new = known_and_new("sasrec", positions="distance")
    assert new >= KEPT * known, f"NDCG@10 {known:.3f} at known places, {new:.3f} beyond them"


def test_positions_from_the_oldest_item_are_the_cliff_that_this_would_notice():
    known, new = known_and_new("sasrec", positions="start")
    assert new < KEPT * known, f"NDCG@10 {known:.3f} at known places, {new:.3f} beyond them"


def known_and_new(name, **changes):
    """NDCG@10 of a recipe at the places of its training, and a few items beyond them."""
    split = leave_one_out(walks(800, ITEMS, 4, LONGEST + 3), max_len=LONGEST)
    assert split.train.lengths.max() == LONGEST
    how = {"epochs": 40, "batch_size": 32, "schedule": "cosine", "patience": 0, "negatives": 4}
    how["lr"] = STEP.get(name, 5e-3)
    run = train(
        name, split, device="cpu", progress=False, max_len=LONGEST + MORE, dim=32, dropout=0.0,
        weight_decay=0.0, precision="fp32", evaluate_every=40, **how, **changes,
    )  # fmt: skip
    known, new = asked(run.model, LONGEST), asked(run.model, LONGEST + MORE)
    print(f"{name}: NDCG@10 {known:.3f} at known places, {new:.3f} with {MORE} items more")
    assert known > LEARNED, "it has not learned what is asked here"
    return known, new
