"""Muon for the matrices of linear layers, AdamW for all else, as one optimiser."""

from copy import deepcopy

import pytest
import torch

from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.optimiser import Together, make_optimiser, set_step_size

SETTINGS = TrainingSettings(optimiser="muon", lr=0.01, weight_decay=0.2)


def sasrec():
    torch.manual_seed(0)
    return build(recipe_settings("sasrec", n_items=11, dim=8, max_len=6))


def test_every_weight_is_trained_once_and_tables_by_adamw():
    model = sasrec()
    optimiser = make_optimiser(model, SETTINGS)
    muon, adamw = optimiser.parts
    by = {id(p): part for part in (muon, adamw) for group in part.param_groups for p in group["params"]}
    assert len(by) == len(list(model.parameters()))
    for name, parameter in model.named_parameters():
        table = "embedding" in name or "positions" in name
        assert (by[id(parameter)] is muon) == (parameter.ndim == 2 and not table), name


def test_a_step_turns_every_direction_alike():
    """Gradients of very different sizes along their singular vectors become steps of nearly one size."""
    model = sasrec()
    optimiser = make_optimiser(model, TrainingSettings(optimiser="muon", lr=0.01, weight_decay=0.0))
    weight = model.encoder.blocks[0].inner.weight  # (64, 8)
    u, _ = torch.linalg.qr(torch.randn(64, 8))
    v, _ = torch.linalg.qr(torch.randn(8, 8))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    weight.grad = u @ torch.tensor([8.0, 4, 2, 1, 0.5, 0.4, 0.3, 0.2]).diag() @ v.T
    before = weight.detach().clone()
    optimiser.step()
    sizes = torch.linalg.svdvals(before - weight.detach())
    usual = 0.01 * 0.2 * 64**0.5  # Liu et al. 2025, section 2.2: as large as a step of AdamW
    assert (sizes > 0.6 * usual).all() and (sizes < 1.4 * usual).all()


def test_one_step_size_for_both_and_a_state_that_goes_on():
    model, other = sasrec(), sasrec()
    one, two = make_optimiser(model, SETTINGS), make_optimiser(other, SETTINGS)
    assert isinstance(one, Together)
    set_step_size(one, 0.5)
    assert {group["lr"] for group in one.param_groups} == {0.5}
    set_step_size(one, 0.01)

    def step(model, optimiser, seed):
        generator = torch.Generator().manual_seed(seed)
        for parameter in model.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimiser.step()
        optimiser.zero_grad()
        assert all(parameter.grad is None for parameter in model.parameters())

    step(model, one, 1)
    other.load_state_dict(model.state_dict())
    two.load_state_dict(deepcopy(one.state_dict()))
    step(model, one, 2)
    step(other, two, 2)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_model_without_linear_layers_has_adamw_alone():
    assert isinstance(make_optimiser(torch.nn.Embedding(3, 2), SETTINGS), torch.optim.AdamW)
    assert isinstance(make_optimiser(sasrec(), TrainingSettings()), torch.optim.AdamW)


@pytest.mark.parametrize("name", ["sasrec", "narm", "caser", "hstu", "transformer-xl"])
def test_families_have_what_muon_can_train(name):
    parts = make_optimiser(build(recipe_settings(name, n_items=11)), SETTINGS).parts
    assert all(p.ndim == 2 for group in parts[0].param_groups for p in group["params"])
