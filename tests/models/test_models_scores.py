"""Scores, states, weights of attention: each path to the same numbers gives the same numbers."""

import pytest
import torch
from tiny_models import LENGTHS, V, batch_of, close, model_of, next_item, variants

from seqrec_lib.messages import InputError
from seqrec_lib.models import RECIPES, Attentive, build, recipe_settings
from seqrec_lib.models.next_item import NextItemSettings
from seqrec_lib.models.recommender import layers_of

ALL = variants()
WITH_STATES = next_item(ALL)
every = pytest.mark.parametrize("name, changes", ALL.values(), ids=ALL)
every_with_states = pytest.mark.parametrize("name, changes", WITH_STATES.values(), ids=WITH_STATES)


@every_with_states
def test_the_score_is_the_last_state_times_the_item_matrix(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    states, matrix, scores = model.hidden(batch), model.item_matrix(), model.score(batch)
    assert states.shape == (5, 6, 8) and matrix.shape == (V + 1, 8)
    assert (matrix[0] == 0).all()
    for row, length in enumerate(LENGTHS):
        close(scores[row, 1:], matrix[1:] @ states[row, length - 1])


@every
def test_padding_is_never_recommended(name, changes):
    scores = model_of(name, **changes).score(batch_of())
    assert scores.shape == (5, V + 1)
    assert torch.isneginf(scores[:, 0]).all() and torch.isfinite(scores[:, 1:]).all()


@every
def test_candidates_get_the_scores_that_they_have_among_all(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    candidates = torch.randint(1, V + 1, (5, 4), generator=torch.Generator().manual_seed(1))
    # a number for each place of a slate, which all items have not
    told = model.place[:4] if getattr(model.settings, "places", False) else 0.0
    close(model.score(batch, candidates) - told, model.score(batch).gather(1, candidates))


def with_weights():
    """The cases whose model can show weights of attention."""
    return {label: case for label, case in ALL.items() if getattr(model_of(case[0], **case[1]), "layers", 0)}


ATTENTIVE = with_weights()
every_attentive = pytest.mark.parametrize("name, changes", ATTENTIVE.values(), ids=ATTENTIVE)


@every_attentive
def test_weights_look_where_they_may_and_sum_to_one(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    assert isinstance(model, Attentive)
    heads, wide = model.settings.heads if hasattr(model.settings, "heads") else 1, 6 + model.appended
    for layer in range(model.layers):
        weights = model.attention_weights(batch, layer)
        assert weights.shape == (5, heads, wide, wide)
        total = weights.sum(-1)
        if model.weights_sum_to_one:
            close(total, torch.ones(5, heads, wide, dtype=torch.float64))
        else:
            assert float((total - 1).detach().abs().max()) > 0.1
        ahead = weights.triu(1)
        assert bool((ahead == 0).all()) == model.causal
        for row, length in enumerate(LENGTHS):
            asked = length + model.appended
            assert (weights[row, :, :, asked:] == 0).all()
            if not model.causal:  # every real step is looked at from every other one
                assert (weights[row, :, :asked, :asked] > 0).all()
    close(model.attention_weights(batch), model.attention_weights(batch, model.layers - 1))


@every_attentive
def test_each_layer_has_weights_of_its_own_and_no_other_is_shown(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    shown = [model.attention_weights(batch, layer) for layer in range(model.layers)]
    assert all(not torch.equal(a, b) for n, a in enumerate(shown) for b in shown[:n])
    for layer in (model.layers, -model.layers - 1):
        with pytest.raises(ValueError, match=f"there is no layer {layer}"):
            model.attention_weights(batch, layer)


@every_attentive
def test_weights_are_those_that_made_the_states(name, changes):
    """The path that shows weights and the fast one that trains."""
    model, batch = model_of(name, **changes), batch_of()
    given = model.with_gap(batch) if model.appended else (batch,)
    (slow, weights), (fast, none) = model.attend(*given, need_weights=True), model.attend(*given)
    assert len(weights) == model.layers and none == []
    real = given[0].mask()
    close(slow[real], fast[real], 1e-10)  # what stands at padding no one reads


def test_a_model_without_attention_says_so():
    silent = [case for label, case in ALL.items() if label not in ATTENTIVE]
    assert silent
    for name, changes in silent:
        model = model_of(name, **changes)
        if not hasattr(model, "attention_weights"):  # then it must not say that it has layers of them
            assert layers_of(model) == 0
            continue
        with pytest.raises(ValueError, match=f"{name} has no attention"):
            model.attention_weights(batch_of())


FRAMED = [name for name, recipe in RECIPES.items() if issubclass(recipe.family, NextItemSettings)]
every_framed = pytest.mark.parametrize("name", FRAMED)
# Where parts of an item give its vector, in and out, there is nothing to untie, and the settings say so.
TIED_ALWAYS = [name for name in FRAMED if "tied" in recipe_settings(name, V).idle()]
UNTIED = [name for name in FRAMED if name not in TIED_ALWAYS]


@pytest.mark.parametrize("name", TIED_ALWAYS)
def test_what_cannot_be_untied_has_no_vectors_beside_those_of_items_and_says_so(name):
    assert model_of(name).output is None
    with pytest.raises(InputError, match=f"tied changes nothing in this {name}"):
        recipe_settings(name, V, tied=False)


@pytest.mark.parametrize("name", UNTIED)
def test_an_untied_model_scores_with_its_own_vectors(name):
    tied, untied = model_of(name), model_of(name, tied=False)
    assert tied.item_matrix() is tied.embedding.weight
    assert untied.item_matrix() is untied.output.weight
    assert not torch.equal(untied.output.weight, untied.embedding.weight)


@every_framed
def test_embeddings_start_with_the_promised_spread(name):
    for scaled, spread in ((False, 64**-0.5), (True, 0.02)):
        own = {"tied": False} if name in UNTIED else {}
        model = build(recipe_settings(name, 4000, scale_items=scaled, **own))
        for table in [model.embedding, *([model.output] if own else [])]:
            assert abs(table.weight[1:].std().item() / spread - 1) < 0.02


@every_framed
def test_scaled_item_vectors_go_in_sqrt_d_times_longer(name):
    plain, scaled = model_of(name, scale_items=False), model_of(name, scale_items=True)
    batch = batch_of()
    scaled.load_state_dict(plain.state_dict())
    assert not torch.allclose(scaled.hidden(batch), plain.hidden(batch))
    with torch.no_grad():
        scaled.embedding.weight /= 8**0.5
    close(scaled.hidden(batch), plain.hidden(batch), 1e-10)
