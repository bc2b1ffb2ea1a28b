"""How models learn: right gradients, in every weight, with chance only where chance belongs."""

import json
from dataclasses import fields

import pytest
import torch
from tiny_models import batch_of, model_of, next_item, surprise, variants
from torch import nn

from seqrec_lib.models import RECIPES, build, find_recipe, settings_from_dict

ALL = variants()
every = pytest.mark.parametrize("name, changes", ALL.values(), ids=ALL)
OF_TASKS = ("gap",)  # read by the views of a contrastive task alone (tests/losses/test_losses_contrastive.py)
recipes = pytest.mark.parametrize("name", RECIPES)


@every
def test_gradients_are_those_that_small_steps_find(name, changes):
    """Each weight is moved a little in a random direction; the loss must change as its gradient says.

    A model that takes its memory as given is tried with gradients through it: small steps know no such halt.
    """
    if hasattr(find_recipe(name).family, "stop_gradient"):
        changes = {**changes, "stop_gradient": False}
    model, batch = model_of(name, **changes), batch_of()
    surprise(model, batch).backward()
    generator = torch.Generator().manual_seed(1)
    for key, weight in model.named_parameters():
        if key in OF_TASKS:
            continue
        direction = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
        direction /= direction.norm()  # a short step: a ReLU near its kink is not carried over it
        found, values = float((weight.grad * direction).sum()), []
        with torch.no_grad():
            for step in (2e-7, -4e-7, 2e-7):  # up, down, and back to where it was
                weight += step * direction
                values.append(float(surprise(model, batch)))
        assert (values[0] - values[1]) / 4e-7 == pytest.approx(found, rel=1e-5, abs=2e-7), key


@every
def test_every_weight_learns_and_padding_does_not(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    surprise(model, batch).backward()
    for key, weight in model.named_parameters():
        if key in OF_TASKS:
            continue
        assert weight.grad is not None, key
        # A key's bias moves all scores of a query alike.
        assert key.endswith("key.bias") or weight.grad.abs().max() > 1e-12, key
    for part in model.modules():
        if isinstance(part, nn.Embedding) and part.padding_idx == 0:
            assert (part.weight.grad[0] == 0).all()


@pytest.mark.parametrize("name", next_item({name: (name, {}) for name in RECIPES}))
def test_padding_learns_nothing_even_where_a_loss_reads_its_states(name):
    model = model_of(name)
    model.hidden(batch_of()).square().sum().backward()
    tables = [part for part in model.modules() if isinstance(part, nn.Embedding) and part.padding_idx == 0]
    read = [
        table.weight.grad for table in tables if table.weight.grad is not None
    ]  # others are for other losses
    assert read and all((grad[0] == 0).all() for grad in read)


@every
def test_the_seed_decides_the_weights(name, changes):
    same, other = model_of(name, **changes).state_dict(), model_of(name, seed=1, **changes).state_dict()
    for key, weight in model_of(name, **changes).state_dict().items():
        assert torch.equal(weight, same[key]), key
    assert any(not torch.equal(same[key], other[key]) for key in same)


@every
def test_dropout_is_at_work_in_training_only(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    assert torch.equal(model.score(batch), model.score(batch))
    model.train()
    assert not torch.equal(model.score(batch), model.score(batch))


@recipes
def test_without_dropout_training_gives_the_same_scores(name):
    model, batch = model_of(name, dropout=0.0), batch_of()
    before = model.score(batch)
    torch.testing.assert_close(model.train().score(batch), before, rtol=1e-10, atol=1e-10)


@every
def test_a_model_is_built_again_from_plain_settings(name, changes):
    model = model_of(name, **changes)
    plain = json.loads(json.dumps(model.settings.as_dict()))
    again = build(settings_from_dict(plain)).double().eval()
    assert again.settings == model.settings
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.score(batch_of()), model.score(batch_of()))


@recipes
def test_settings_that_are_newer_than_a_run_have_their_defaults(name):
    """A run of before they were there does not name them; one of another family is refused."""
    settings = model_of(name).settings
    plain, defaults = settings.as_dict(), {field.name: field.default for field in fields(settings)}
    older = {key: value for key, value in plain.items() if value != defaults[key]}
    assert set(older) < set(plain) and settings_from_dict(older) == settings
    with pytest.raises(ValueError, match=f"unknown setting of {name} 'wings'"):
        settings_from_dict({**plain, "wings": 2})
