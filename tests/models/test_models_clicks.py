"""Every model of clicks: what a candidate may read, places, where it starts, what a split makes it learn."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from tiny_models import V, batch_of, close, model_of, reads_order, slates_of, small_sizes

from seqrec_lib import load_run, train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.click_splits import split_clicks
from seqrec_lib.evaluation.click_scores import evaluate_clicks
from seqrec_lib.losses.auxiliary import auxiliary_loss
from seqrec_lib.losses.drawing import draw_negatives
from seqrec_lib.losses.objectives import ClicksObjective, foresight
from seqrec_lib.models import RECIPES, find_recipe
from seqrec_lib.models.recommender import AsksHistory, Foresees, StartsAtRate
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.state import RunState

CLICKS = [name for name, recipe in RECIPES.items() if recipe.learns_clicks]
every = pytest.mark.parametrize("name", CLICKS)


@pytest.fixture(scope="module")
def split():
    world = simulate("ads", users=100, seed=5, series=4, films=6, categories=2, types=2, min_length=4,
                     max_length=9, slate=5, click_threshold=1.0, new_share=0.0)  # fmt: skip
    return split_clicks(world, max_len=9)


@pytest.fixture(scope="module")
def bought_split():
    world = simulate("shop", users=100, seed=5, series=4, films=6, categories=2, types=2, min_length=4,
                     max_length=9, slate=5, click_threshold=1.0, new_share=0.0)  # fmt: skip
    return split_clicks(world, max_len=9, purchases=True)


def trained(name, split, **how):
    sizes = {key: value for key, value in small_sizes(name).items() if key != "max_len"}
    quick = {"epochs": 3, "patience": 0, "precision": "fp32"}
    return train(name, split, device="cpu", progress=False, **{**sizes, **quick, **how})


def test_the_recipes_that_learn_clicks_are_these():
    assert [
        *("logistic", "fm", "mlp-clicks", "din", "dien"),
        *("shared-bottom", "mmoe", "ple", "esmm"),
    ] == CLICKS


@every
def test_a_recipe_for_clicks_names_settings_and_training_that_there_are(name):
    settings, training = find_recipe(name).defaults(clicks=True)
    assert {"loss", "epochs", "batch_size", "lr", "select"} <= set(training)
    assert settings["places"] and set(settings) <= {field.name for field in fields(RECIPES[name].family)}
    TrainingSettings(**training)
    assert find_recipe(name).defaults()[1] == RECIPES[name].training


@every
def test_a_candidate_reads_the_steps_that_it_may_and_no_later_one(name):
    model, batch = model_of(name), batch_of((6, 6, 6))
    assert isinstance(model, AsksHistory)
    candidates, seen = torch.tensor([[3, 3, 5]] * 3), torch.tensor([[1, 4, 6]] * 3)
    before = model.logits(batch, candidates, seen)
    for step in range(1, 6):
        other = replace(batch, items=batch.items.clone())
        other.items[:, step:] = other.items[:, step:] % V + 1
        after = model.logits(other, candidates, seen)
        unmoved = seen[0] <= step
        close(after[:, unmoved], before[:, unmoved])
        assert ((after - before)[:, ~unmoved].abs() > 1e-9).all()
    short = replace(batch.trim(4), lengths=torch.full((3,), 4))
    close(model.logits(short, candidates)[:, 1], before[:, 1])


@every
def test_a_candidates_logit_is_its_own_whoever_stands_beside_it(name):
    model, batch = model_of(name, places=True), batch_of()
    with torch.no_grad():
        model.place[:4] = torch.tensor([1.0, -2.0, 0.5, 0.0])
    slates = slates_of(batch)
    whole = model.score(batch, slates.candidates)
    close(model.score(batch, slates.candidates[:, :2]), whole[:, :2])
    turned = model.score(batch, slates.candidates.flip(1))
    close(turned - model.place[:4], (whole - model.place[:4]).flip(1))
    with pytest.raises(ValueError, match="a slate of 101 items has more than 100 places"):
        model.score(batch, torch.ones(5, 101, dtype=torch.int64))


@every
def test_what_was_not_shown_teaches_nothing(name):
    model, slates = model_of(name), slates_of(batch_of())
    value, count = ClicksObjective()(replace_auxiliary(model), slates, {})
    assert count == 5 * 4 - 1
    other = replace(slates, labels=slates.labels.clone())
    other.labels[0, -1] = 1 - other.labels[0, -1]
    close(ClicksObjective()(model, other, {})[0], value)
    other.labels[0, 0] = 1 - other.labels[0, 0]
    assert not torch.allclose(ClicksObjective()(model, other, {})[0], value)


def replace_auxiliary(model):
    """The model without its auxiliary loss, where it has one."""
    if isinstance(model, Foresees):
        model.auxiliary = 0.0
    return model


@every
@pytest.mark.parametrize("places", [True, False])
def test_logits_start_at_the_click_rate(name, places, split):
    model = model_of(name, places=places)
    assert isinstance(model, StartsAtRate)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    ClicksObjective().prepare(model, split)
    shown = split.train.candidates > 0
    rate = float(split.train.labels[shown].mean())
    close(
        model.score(batch_of())[:, 1:], torch.full((5, V), math.log(rate / (1 - rate)), dtype=torch.float64)
    )


def test_the_auxiliary_loss_is_added_with_its_weight_and_respects_padding():
    model, slates = model_of("dien"), slates_of(batch_of())
    assert isinstance(model, Foresees)
    value = {}
    for weight in (0.0, 1.0, 2.5):
        model.auxiliary = weight
        value[weight] = ClicksObjective()(model, slates, {"negatives": torch.Generator().manual_seed(3)})[0]
    close((value[2.5] - value[0.0]) / 2.5, value[1.0] - value[0.0])
    states, table = model.interest(slates)
    drawn = draw_negatives(slates.items.clamp(min=1).flatten(), V, 1, torch.Generator().manual_seed(3))
    own = auxiliary_loss(states, table[slates.items], table[drawn.view_as(slates.items)], slates.lengths)
    close(value[1.0] - value[0.0], own)
    rubbish = replace(slates, items=torch.where(slates.mask(), slates.items, 7))
    close(*(foresight(model, each, torch.Generator().manual_seed(3)) for each in (slates, rubbish)))
    with pytest.raises(ValueError, match="auxiliary is -1"):
        model_of("dien", auxiliary=-1.0)


def test_gates_attention_and_dice_are_what_they_say():
    batch, candidates = batch_of(), torch.tensor([[3, 7]] * 5)
    paper, code = (model_of("dien", gate=gate) for gate in ("paper", "code"))
    code.load_state_dict(paper.state_dict())
    assert not torch.allclose(paper.score(batch, candidates), code.score(batch, candidates))
    _, attention = paper.attend(batch, candidates)
    close(attention.sum(-1), torch.ones(5, 2, dtype=torch.float64))
    assert (attention.masked_select(~batch.mask()[:, None]) == 0).all()
    dice, relu = model_of("din", activation="dice"), model_of("din")
    assert dice.dice is not None and relu.dice is None


def test_logistic_regression_orders_a_slate_alike_for_everybody_and_fm_does_not():
    for name, alike in (("logistic", True), ("fm", False)):
        scores = model_of(name).score(batch_of())[:, 1:]
        gaps = scores - scores[:, :1]
        assert torch.allclose(gaps, gaps[:1].expand_as(gaps)) == alike
        assert not reads_order(model_of(name))


def test_fm_is_the_sum_over_pairs_of_its_fields():
    model, batch = model_of("fm"), batch_of()
    found = model.score(batch)
    for row, length in enumerate(batch.lengths.tolist()):
        past = batch.items[row, :length]
        for item in (1, 8):
            linear = [table.weight[:, 0] for table in model.linear]
            vectors = [table.weight for table in model.factors]
            fields_ = [(vectors[0][item]), vectors[1][past].mean(0), vectors[2][past[-1]]]
            want = model.bias + linear[0][item] + linear[1][past].mean() + linear[2][past[-1]]
            want = want + sum(fields_[i] @ fields_[j] for i in range(3) for j in range(i))
            close(found[row, item], want)


def test_every_model_of_clicks_learns_what_a_count_cannot_know():
    """A user clicks what their last item calls for: all but logistic regression can learn that."""
    rng = np.random.default_rng(0)
    batch = batch_of((6,) * 400, seed=3)
    candidates = torch.from_numpy(rng.integers(1, V + 1, (400, 4)))
    called = batch.items[:, -1] % V + 1
    candidates[:, 0] = torch.where(torch.from_numpy(rng.random(400) < 0.5), called, candidates[:, 0])
    hit = candidates == called[:, None]
    slates = replace(batch, candidates=candidates, labels=hit.double(), users=torch.arange(400))
    for name in CLICKS:
        model = replace_auxiliary(model_of(name, dropout=0.0))
        optimiser = torch.optim.Adam(model.parameters(), 0.03)
        for _ in range(200):
            loss, _ = ClicksObjective()(model, slates, {})
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        grouped = evaluate_clicks(model, slates).metrics["grouped AUC"]
        assert grouped < 0.75 if name == "logistic" else grouped > 0.85, (name, grouped)


@every
def test_a_run_of_clicks_is_saved_loaded_and_resumed(name, split, bought_split, tmp_path, monkeypatch):
    buys = RECIPES[name].learns_purchases
    split, select = (bought_split, "joint log-loss") if buys else (split, "log-loss")
    objective = "click-and-purchase" if buys else "clicks"
    whole = trained(name, split, out=tmp_path / "whole")
    assert whole.protocol == "clicks-new-users" and whole.settings["places"]
    assert whole.history.settings["objective"] == objective and whole.history.select == select
    costs = [epoch["validation"][select] for epoch in whole.history.epochs]
    assert whole.history.best_epoch == 1 + int(np.argmin(costs))
    loaded = load_run(tmp_path / "whole", "cpu")
    assert loaded.settings == whole.settings
    wanted = evaluate_clicks(whole.model, split.test)
    assert np.array_equal(evaluate_clicks(loaded.model, split.test).probabilities, wanted.probabilities)
    assert len(loaded.recommend([[3, 4, 5]], k=3)[0]) == 3
    save = RunState.save

    def stop(state, improved):
        save(state, improved)
        raise KeyboardInterrupt

    monkeypatch.setattr(RunState, "save", stop)
    trained(name, split, out=tmp_path / "cut")
    monkeypatch.undo()
    rest = trained(name, split, out=tmp_path / "cut", resume=True)
    assert [e["loss"] for e in rest.history.epochs] == [e["loss"] for e in whole.history.epochs]
    same = zip(rest.model.parameters(), whole.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)


def test_the_split_decides_what_is_learned(split):
    items = leave_one_out(split.log, max_len=9)
    assert trained("din", items, epochs=1).history.settings["objective"] == "candidates"
    assert not trained("din", items, epochs=1).settings["places"]
    with pytest.raises(ValueError, match="negatives changes nothing where clicks are learned"):
        trained("din", split, negatives=3)
    with pytest.raises(ValueError, match="clicks are learned with bce, not with 'bpr'"):
        trained("din", split, loss="bpr")
    with pytest.raises(ValueError, match="sasrec is no model of clicks"):
        train("sasrec", split)
    with pytest.raises(ValueError, match="popularity ranks next items and is no model of clicks"):
        train("popularity", split)
    with pytest.raises(ValueError, match="unknown metric 'NDCG@10'"):
        trained("din", split, select="NDCG@10")


def test_other_clicks_on_the_same_log_are_other_data(split, tmp_path):
    trained("logistic", split, epochs=2, out=tmp_path)
    labels = split.train.labels.clone()
    labels[0, 0] = 1 - labels[0, 0]
    other = replace(split, train=replace(split.train, labels=labels))
    with pytest.raises(ValueError, match="the same log, cut at another moment or with other clicks"):
        trained("logistic", other, epochs=2, out=tmp_path, resume=True)
