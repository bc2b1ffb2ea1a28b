"""Models that read items: parts that are missing, items that are new, other logs, and semantic ids."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqrec_lib.data import simulate, temporal_split
from seqrec_lib.data.item_parts import part_shapes
from seqrec_lib.experiments import train
from seqrec_lib.experiments.from_recipe import sort_changes
from seqrec_lib.models import build, recipe_settings, settings_from_dict

HOW = {"dim": 8, "epochs": 1, "progress": False, "batch_size": 128, "device": "cpu"}


@pytest.fixture(scope="module")
def split():
    log = simulate("ads", users=150, seed=2).heard
    return temporal_split(log, at=float(np.median(log.times)), target="random", max_len=20)


def made(split, name="modal", **changes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = recipe_settings(
            name, split.log.n_items, features=part_shapes(split.log), dim=8, max_len=20, **changes
        )
        model = build(settings).eval()
    model.read_items(split.log, split.train_log)
    return model


def test_an_item_that_training_never_met_has_no_id_and_the_rest(split):
    model = made(split)
    unmet = np.bincount(split.train_log.items, minlength=split.log.n_items + 1) == 0
    unmet[0] = False
    assert unmet.any()
    before = model.item_matrix()
    with torch.no_grad():
        model.embedding.weight[torch.from_numpy(unmet)] += 100
    torch.testing.assert_close(model.item_matrix(), before)
    assert before[torch.from_numpy(unmet)].abs().sum(1).min() > 0 and not before[0].any()


@pytest.mark.parametrize("join", ["sum", "gate", "attention"])
def test_what_stands_in_a_missing_part_changes_nothing(split, join):
    model = made(split, join=join)
    model.known_image[7] = False
    before = model.item_matrix()
    model.values_image[7] = 50.0
    torch.testing.assert_close(model.item_matrix(), before)
    model.known_image[7] = True
    assert not torch.allclose(model.item_matrix()[7], before[7])


def test_ids_and_parts_are_hidden_in_training_alone_and_nobody_has_nothing(split):
    model = made(split, hide=0.5, hide_ids=0.9)
    assert torch.equal(model.item_matrix(), model.item_matrix())
    model.train()
    one, other = model.item_matrix(), model.item_matrix()
    assert not torch.equal(one, other) and (one[1:].abs().sum(1) > 0).all()
    always = made(split, hide_ids=0.0).train()
    assert torch.equal(always.item_matrix(), always.item_matrix())


def test_parts_are_chosen_and_unknown_ones_are_refused(split):
    model = made(split, parts="text+price")
    assert model.names == ["text", "price"] and not hasattr(model, "embedding")
    with pytest.raises(ValueError, match="unknown part of items 'txt'"):
        made(split, parts="txt")
    with pytest.raises(ValueError, match="hide_ids is 1"):
        made(split, hide_ids=1.0)
    with pytest.raises(ValueError, match="tied changes nothing"):
        made(split, tied=False)


def test_another_log_is_refused_with_what_to_do(split):
    model, other = made(split), simulate("ads", users=40).log
    with pytest.raises(ValueError, match="build it with features"):
        model.read_items(other, other)


@pytest.mark.parametrize("name", ["modal", "unisrec", "semantic-ids"])
def test_what_is_known_of_items_is_saved_with_the_weights(split, name, tmp_path):
    from seqrec_lib import load_run

    run = train(name, split, out=tmp_path / "run", **HOW)
    batch = split.test.batch.rows(slice(0, 20))
    again = load_run(tmp_path / "run")
    torch.testing.assert_close(again.model.score(batch), run.model.eval().score(batch))
    assert settings_from_dict(run.model.settings.as_dict()) == run.model.settings


def test_features_are_of_the_data_and_nobody_sets_them():
    with pytest.raises(ValueError, match="unknown setting of modal 'features'"):
        sort_changes("modal", {"features": ()})


def test_text_alone_goes_from_one_world_to_another(split):
    model = made(split, "unisrec", parts="text")
    shop = simulate("shop", users=40).heard
    other = build(replace(model.settings, n_items=shop.n_items))
    own = other.state_dict()
    other.load_state_dict(
        {k: v if v.shape == own[k].shape else own[k] for k, v in model.state_dict().items()}
    )
    other.read_items(shop, shop)
    assert other.item_matrix().shape == (shop.n_items + 1, 8)


def test_whitening_is_fitted_on_what_training_met(split):
    model = made(split, parts="image", whiten="pca")
    met = model.met
    values = model.values_image[met, 0]
    spread = values.T @ values / len(values) - torch.outer(values.mean(0), values.mean(0))
    torch.testing.assert_close(spread / spread[0, 0], torch.eye(8), atol=0.02, rtol=0)


def test_semantic_ids_say_what_the_items_are_like(split):
    model = made(split, "semantic-ids", parts="text")
    codes = model.codes[1:]
    assert len(codes.unique(dim=0)) == split.log.n_items
    family = simulate("ads", users=10).tables.family[1:]
    same_family = family[:, None] == family[None]
    same_code = codes[:, None, 0] == codes[None, :, 0]
    assert same_code[same_family].double().mean() > 2 * same_code[~same_family].double().mean()


def test_scores_are_log_probabilities_and_a_wide_beam_finds_the_best(split):
    model = made(split, "semantic-ids", parts="text", codes=8)
    batch = split.test.batch.rows(slice(0, 6))
    scores = model.score(batch)
    assert torch.isinf(scores[:, 0]).all() and (scores[:, 1:].exp().sum(1) < 1).all()
    items, log_p = model.beam(batch, 40)
    torch.testing.assert_close(log_p[:, 0], scores.max(1).values, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(scores.gather(1, items[:, :5]), log_p[:, :5], atol=1e-4, rtol=1e-4)
    assert (model.beam(batch, 40, constrained=False)[0] == 0).any()


def test_too_many_collisions_and_another_loss_are_refused(split):
    with pytest.raises(ValueError, match="raise spare, levels or codes"):
        made(split, "semantic-ids", parts="text", levels=1, codes=2, spare=3)
    with pytest.raises(ValueError, match="takes the loss 'ce', not 'bpr'"):
        train("semantic-ids", split, loss="bpr", **HOW)
