"""The rows of losses: what was tuned, what a centred loss adds, and what the rows have shown."""

import math

import losses
import pytest
import torch
from losses_fitted import LOSSES, alike, level_of

from seqrec_lib.losses import generalised_bce, named_loss
from seqrec_lib.results import load_results


@pytest.fixture(scope="module")
def rows():
    return load_results("losses")


def test_every_loss_was_tuned_on_three_step_sizes_and_beyond_the_best(rows):
    for name in LOSSES:
        found = {row["lr"] for row in rows.where(part="tune", variant=name).rows}
        assert set(losses.to_tune(name)) == found >= set(losses.LADDER[1:4])
    assert all(row["settings"]["users_seed"] == 2 and not row["test"] for row in rows.where(part="tune").rows)


def test_reported_rows_have_the_step_size_that_validation_chose_and_other_users(rows):
    for row in rows.where(part="small").rows:
        found = losses.tuned(row["variant"])
        assert row["lr"] == max(found, key=found.__getitem__) and row["settings"]["users_seed"] == 1
        assert row["test"]["NDCG@10"] < row["ceiling"]["NDCG@10"]
    assert not any("dirty" in row["commit"] for row in rows.rows)


def test_the_step_size_beyond_the_best_is_asked_for(monkeypatch):
    def known(values):
        monkeypatch.setattr(losses, "tuned", lambda loss: dict(zip(losses.LADDER[1:4], values, strict=True)))
        return losses.to_tune("full CE")

    assert known((0.1, 0.3, 0.2)) == losses.LADDER[1:4]
    assert known((0.3, 0.2, 0.1)) == (*losses.LADDER[1:4], losses.LADDER[0])
    assert known((0.1, 0.2, 0.3)) == losses.LADDER[1:]


@pytest.mark.parametrize("name", [name for name in LOSSES if "centred" in name])
def test_the_level_is_what_the_loss_adds(name):
    """Scores that stand at it have the least loss of all equal scores."""
    text, negatives = LOSSES[name]
    state, target, v = torch.ones(1, 1, dtype=torch.float64), torch.tensor([1]), 500
    level = level_of(name, v)
    t = named_loss(text).keywords.get("calibration", 0.75)

    def at(score):
        items = torch.full((v + 1, 1), score, dtype=torch.float64)
        return float(generalised_bce(state, target, items, torch.Generator().manual_seed(0), negatives, t))

    assert at(level) < min(at(level - 0.1), at(level + 0.1)) and level < -math.log(negatives) + 1e-9
    assert level_of("BCE, sum", v) == 0.0


def test_alike_is_the_mean_cosine_of_all_pairs():
    class Items:
        def item_matrix(self):
            return torch.tensor([[9.0, 9.0], [2.0, 0.0], [0.0, 3.0]])

    assert alike(Items()) == pytest.approx((1 + 0 + 0 + 1) / 4)
