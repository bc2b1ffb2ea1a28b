"""Objectives: what one batch is trained on, without a change of the loop."""

import pytest
import torch
from tiny_training import QUICK, new_model, weights

from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.training import fit


class LastStepOnly:
    """Only the last step of each row is trained: a stand-in for masked items, clicks and the like."""

    name = "last-step"

    def __init__(self):
        self.prepared, self.asked = None, 0

    def prepare(self, model, split):
        self.prepared = (model, split.log.n_items)

    def __call__(self, model, batch, generators):
        self.asked += 1
        hidden, target = batch.last(model.hidden(batch)), batch.last(batch.targets)
        return cross_entropy(hidden, target, model.item_matrix()), len(target)


def test_an_objective_of_ones_own_trains_without_a_change_of_the_loop(split):
    objective, model = LastStepOnly(), new_model()
    before = weights(model)
    history = fit(model, split, objective=objective, **{**QUICK, "epochs": 2})
    assert objective.prepared == (model, 12) and objective.asked == 2 * 3
    assert history.settings["objective"] == "last-step"
    assert history.epochs[0]["targets"] == len(split.train)  # one a row, as the objective said
    assert not torch.equal(weights(model), before)


def test_an_objective_is_part_of_what_a_run_is(split, tmp_path):
    fit(new_model(), split, out=tmp_path, objective=LastStepOnly(), **{**QUICK, "epochs": 1})
    with pytest.raises(ValueError, match="objective was 'last-step', now 'next-item'"):
        fit(new_model(), split, out=tmp_path, resume=True, **{**QUICK, "epochs": 1})


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan")])
def test_a_loss_that_is_not_finite_stops_training(split, value):
    def broken(hidden, targets, item_matrix, generator=None, negatives=1):
        return hidden.sum() * 0 + value

    with pytest.raises(ValueError, match="the loss is .*: training diverged"):
        fit(new_model(), split, loss=broken, **{**QUICK, "epochs": 1})


def test_the_model_is_compiled_once_a_run(split, monkeypatch):
    wrapped = []
    monkeypatch.setattr(torch, "compile", lambda function: wrapped.append(function) or function)
    fit(new_model(), split, compile=True, **{**QUICK, "epochs": 3})
    assert len(wrapped) == 1
    fit(new_model(), split, **{**QUICK, "epochs": 1})
    assert len(wrapped) == 1


def test_a_loss_gets_the_popularity_only_where_it_asks_for_it(split):
    objective = NextItemObjective(cross_entropy)
    objective.prepare(new_model(), split)
    assert objective.loss is cross_entropy
