"""Every recipe keeps the promises of a model: causal, blind to padding, one row at a time."""

import dataclasses
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import LENGTHS, MAX_LEN, V, batch_of, close, model_of

from seqrec_lib.data import Batch
from seqrec_lib.models import RECIPES, Settings, build, find_recipe, recipe_settings, settings_to_dict

# Each recipe as it comes, and with other parts switched on.
CHANGES = {
    "as it is": {},
    "packed": {"packed": True},
    "two layers": {"layers": 2},
    "own output vectors": {"tied": False},
    "post-norm": {"norm": "post"},
    "scaled item vectors": {"scale_items": True},
    "query-norm": {"norm": "query", "layers": 2},
}
every = pytest.mark.parametrize("name", RECIPES)
varied = pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)


@every
@varied
def test_what_comes_later_changes_nothing_earlier(name, changes):
    model = model_of(name, **changes)
    batch = batch_of((6, 6, 6))
    before = model.hidden(batch)
    for step in range(1, 6):
        other = Batch(items=batch.items.clone(), lengths=batch.lengths)
        other.items[:, step:] = other.items[:, step:] % V + 1
        after = model.hidden(other)
        close(after[:, :step], before[:, :step])
        assert ((after[:, step] - before[:, step]).abs().amax(-1) > 1e-6).all()


@every
@varied
def test_padding_changes_nothing(name, changes):
    """Neither its width nor what stands in it."""
    model, batch = model_of(name, **changes), batch_of()
    wide, rubbish = batch_of(width=6), batch_of(width=6)
    wide.items = torch.cat([batch.items, torch.zeros(len(batch), 3, dtype=torch.int64)], dim=1)
    rubbish.items = torch.where(batch.mask(), batch.items, torch.arange(1, 7).expand(len(batch), 6))
    real, states, scores = batch.mask(), model.hidden(batch), model.score(batch)
    assert not torch.equal(rubbish.items, batch.items)
    for other in (wide, rubbish):
        close(model.hidden(other)[:, :6][real], states[real])
        close(model.score(other), scores)


@every
@varied
def test_a_row_alone_is_the_row_in_company(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    states, scores = model.hidden(batch), model.score(batch)
    for row, length in enumerate(LENGTHS):
        alone = batch.rows(slice(row, row + 1)).trim()
        close(model.hidden(alone)[0], states[row, :length])
        close(model.score(alone)[0], scores[row])


@every
@varied
def test_the_score_is_the_last_state_times_the_item_matrix(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    states, matrix, scores = model.hidden(batch), model.item_matrix(), model.score(batch)
    assert states.shape == (5, 6, 8) and matrix.shape == (V + 1, 8) and scores.shape == (5, V + 1)
    assert (matrix[0] == 0).all()
    assert torch.isneginf(scores[:, 0]).all() and torch.isfinite(scores[:, 1:]).all()
    for row, length in enumerate(LENGTHS):
        close(scores[row, 1:], matrix[1:] @ states[row, length - 1])


@every
def test_candidates_are_gathered(name):
    model, batch = model_of(name), batch_of()
    candidates = torch.randint(1, V + 1, (5, 4), generator=torch.Generator().manual_seed(1))
    close(model.score(batch, candidates), model.score(batch).gather(1, candidates))


@every
def test_weights_are_causal_and_sum_to_one(name):
    model, batch = model_of(name), batch_of()
    if not model.has_weights:
        with pytest.raises(ValueError, match=f"{name} has no attention"):
            model.attention_weights(batch)
        return
    weights = model.attention_weights(batch)
    assert weights.shape == (5, 1, 6, 6)
    close(weights.sum(-1), torch.ones(5, 1, 6, dtype=torch.float64))
    assert (weights.triu(1) == 0).all()
    for row, length in enumerate(LENGTHS):
        assert (weights[row, :, :, length:] == 0).all()


@every
def test_weights_are_those_that_made_the_states(name):
    """The path that shows weights and the fast one that trains."""
    model, batch = model_of(name), batch_of()
    slow, fast = model.attend(batch, need_weights=True)[0], model.attend(batch)[0]
    close(slow[batch.mask()], fast[batch.mask()], 1e-10)  # what stands at padding no one reads


@every
def test_the_seed_decides_the_weights(name):
    same, other = model_of(name).state_dict(), model_of(name, seed=1).state_dict()
    for key, weight in model_of(name).state_dict().items():
        assert torch.equal(weight, same[key]), key
    assert not torch.equal(same["embedding.weight"], other["embedding.weight"])


@every
def test_dropout_is_at_work_in_training_only(name):
    model, batch = model_of(name), batch_of()
    close(model.score(batch), model.score(batch))
    model.train()
    assert not torch.equal(model.score(batch), model.score(batch))


@every
def test_every_weight_learns_and_padding_does_not(name):
    model, batch = model_of(name, dropout=0.0).train(), batch_of()
    (model.hidden(batch)[batch.mask()] @ model.item_matrix()[1:].T).logsumexp(-1).sum().backward()
    for key, weight in model.named_parameters():
        assert weight.grad is not None, key
        assert key.endswith("attention.key.bias") or weight.grad.abs().max() > 0, key
    model.zero_grad()
    model.hidden(batch).square().sum().backward()  # even where a loss reads the states of padding
    assert (model.embedding.weight.grad[0] == 0).all()


@every
def test_an_untied_model_scores_with_its_own_vectors(name):
    tied, untied = model_of(name), model_of(name, tied=False)
    assert tied.item_matrix() is tied.embedding.weight
    assert untied.item_matrix() is untied.output.weight
    assert not torch.equal(untied.output.weight, untied.embedding.weight)


@every
def test_embeddings_start_with_the_promised_spread(name):
    for scaled, spread in ((False, 64**-0.5), (True, 0.02)):
        weight = build(recipe_settings(name, 4000, scale_items=scaled)).embedding.weight[1:]
        assert abs(weight.std().item() / spread - 1) < 0.02


@every
def test_scaled_item_vectors_go_in_sqrt_d_times_longer(name):
    plain, scaled = model_of(name, scale_items=False), model_of(name, scale_items=True)
    batch = batch_of()
    scaled.load_state_dict(plain.state_dict())
    assert not torch.allclose(scaled.hidden(batch), plain.hidden(batch))
    with torch.no_grad():
        scaled.embedding.weight /= 8**0.5
    close(scaled.hidden(batch), plain.hidden(batch), 1e-10)


@every
def test_a_model_is_built_again_from_plain_settings(name):
    model = model_of(name)
    plain = json.loads(json.dumps(settings_to_dict(model.settings)))
    again = build(Settings(**plain)).double().eval()
    assert again.settings == model.settings
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.score(batch_of()), model.score(batch_of()))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, MAX_LEN), min_size=1, max_size=4),
    st.integers(0, 2**16),
    st.sampled_from(sorted(RECIPES)),
)
def test_any_history_gets_finite_scores_whatever_stands_beside_it(lengths, seed, name):
    model, batch = model_of(name), batch_of(lengths, width=max(lengths), seed=seed)
    scores = model.score(batch)
    assert torch.isfinite(scores[:, 1:]).all()
    close(model.score(batch.rows(torch.tensor([0])).trim())[0], scores[0])


def test_recipes_say_what_they_are():
    for name, recipe in RECIPES.items():
        assert find_recipe(name) is recipe and recipe.about and recipe.source
        assert {"loss", "epochs", "batch_size", "lr"} <= set(recipe.training)
        assert dataclasses.asdict(recipe_settings(name, 7))["model"] == name
