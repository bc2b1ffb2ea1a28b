"""Moved item vectors: by hand, padding untouched, chance repeated, and nothing at all with a length of 0."""

import pytest
import torch
from tiny_models import batch_of, close, model_of
from tiny_training import QUICK, make_split, new_model, weights
from torch import nn

from seqrec_lib.losses import LOSSES
from seqrec_lib.losses.adversarial import WAYS, Adversarial
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.losses.penalties import L2Penalty
from seqrec_lib.losses.perturbing import item_tables, of_length, of_signs, with_moves
from seqrec_lib.losses.virtual import VirtualAdversarial, divergence, log_guess
from seqrec_lib.training import fit

V = 11


def asked():
    """A batch with a target at each step but the last."""
    batch = batch_of()
    batch.targets = torch.cat([batch.items[:, 1:], batch.items.new_zeros(len(batch), 1)], 1)
    batch.steps = (batch.targets > 0).flatten().nonzero()[:, 0]
    return batch


def chance():
    names = ("rows", "negatives", "masks", "noise")
    return {name: torch.Generator().manual_seed(5 + n) for n, name in enumerate(names)}


def inner(loss="ce"):
    return NextItemObjective(LOSSES[loss])


class Watched:
    """An objective that writes down the table it saw and a number that chance drew."""

    name = "watched"

    def __init__(self):
        self.inner, self.tables, self.draws = inner(), [], []

    def prepare(self, model, split):
        pass

    def __call__(self, model, batch, generators):
        self.tables.append(model.embedding.weight.detach().clone())
        drawn = torch.rand((), generator=generators["negatives"])
        self.draws.append((float(torch.rand(())), float(drawn)))
        return self.inner(model, batch, generators)


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_the_gradient_way_by_hand(name):
    model, batch = model_of(name), asked()
    table = model.embedding.weight
    plain, _ = inner()(model, batch, chance())
    (gradient,) = torch.autograd.grad(plain, table)
    length = 0.3 * float(table.detach()[1:].norm(dim=1).mean())
    want = table.detach().clone()
    for item in range(1, V + 1):
        want[item] += length * gradient[item] / gradient[item].norm()
    watched = Watched()
    Adversarial(watched, 0.3)(model, batch, chance())
    assert len(watched.tables) == 2
    close(watched.tables[0], table.detach())
    close(watched.tables[1], want)


def test_the_sign_way_by_hand():
    model, batch, watched = model_of("gru4rec"), asked(), Watched()
    table = model.embedding.weight
    (gradient,) = torch.autograd.grad(inner()(model, batch, chance())[0], table)
    Adversarial(watched, 0.3, "sign")(model, batch, chance())
    step = (
        0.3 * float(table.detach()[1:].norm(dim=1).mean()) / 8**0.5
    )  # so that a row is as long as the other ways'
    move = watched.tables[1] - table.detach()
    close(move[1:], step * gradient[1:].sign())
    assert (move[0] == 0).all()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("changes", [{}, {"tied": False}])
def test_padding_is_not_moved_and_every_item_is_moved_as_far(way, changes):
    model, batch = model_of("gru4rec", **changes), asked()
    seen = {}

    class Looks(Watched):
        def __call__(self, model, batch, generators):
            seen.update({name: p.detach().clone() for name, p in model.named_parameters()})
            return inner()(model, batch, generators)

    tables = item_tables(model)
    assert len(tables) == (1 if not changes else 2)
    Adversarial(Looks(), 0.5, way)(model, batch, chance())
    for name, table in tables.items():
        (key,) = (each for each in seen if each.endswith(name))
        move = seen[key] - table.detach()
        assert (move[0] == 0).all() and not (table[0] != 0).any()
        length = 0.5 * table[1:].norm(dim=1).mean()
        moved = move[1:].norm(dim=1)
        asked_for = moved > 0
        assert asked_for.any()
        if way != "sign":  # signs of zeros are zeros
            close(moved[asked_for], length.expand(int(asked_for.sum())).detach(), 1e-6)
        else:
            assert (moved <= length + 1e-9).all()


def test_a_length_of_0_is_plain_training():
    split = make_split()
    plain, moved = new_model(), new_model()
    fit(plain, split, objective=inner(), **QUICK)
    fit(moved, split, objective=Adversarial(inner(), 0.0), **QUICK)
    assert torch.equal(weights(plain), weights(moved))


def test_both_passes_draw_the_same_and_chance_goes_on_as_if_there_were_one():
    model, batch, watched, once = model_of("gru4rec").train(), asked(), Watched(), chance()
    torch.manual_seed(1)
    Adversarial(watched, 0.3, steps=3)(model, batch, once)
    assert len(watched.draws) == 4 and len(set(watched.draws)) == 1
    after = torch.rand(())
    torch.manual_seed(1)
    other = chance()
    Watched()(model, batch, other)
    assert torch.equal(after, torch.rand(()))
    assert torch.equal(once["negatives"].get_state(), other["negatives"].get_state())


def test_noise_is_another_in_each_step():
    model, batch, watched, once = model_of("gru4rec"), asked(), Watched(), chance()
    for _ in range(2):
        Adversarial(watched, 0.3, "noise")(model, batch, once)
    _, first, _, second = watched.tables
    assert not torch.allclose(first, second)


def test_the_gradient_is_that_at_the_moved_place_and_none_flows_through_the_move():
    model, batch = model_of("gru4rec"), asked()
    value, _ = Adversarial(inner(), 0.3, share=1.0)(model, batch, chance())
    value.backward()
    table = model.embedding.weight
    got = table.grad.clone()
    (gradient,) = torch.autograd.grad(inner()(model, batch, chance())[0], table)
    length = 0.3 * table.detach()[1:].norm(dim=1).mean()
    with torch.no_grad():
        table += of_length(gradient, length, V)
    (want,) = torch.autograd.grad(inner()(model, batch, chance())[0], table)
    close(got, want)


def test_share_mixes_the_two_losses():
    model, batch = model_of("gru4rec"), asked()
    plain = float(inner("bpr")(model, batch, chance())[0])
    moved = float(Adversarial(inner("bpr"), 0.3, share=1.0)(model, batch, chance())[0])
    mixed = float(Adversarial(inner("bpr"), 0.3, share=0.25)(model, batch, chance())[0])
    assert moved > plain
    assert mixed == pytest.approx(0.75 * plain + 0.25 * moved)


def test_the_gradient_hurts_more_than_noise_and_many_steps_more_than_one():
    model, batch = model_of("sasrec"), asked()
    loss = {
        label: float(Adversarial(inner(), 0.5, share=1.0, **how)(model, batch, chance())[0])
        for label, how in {"noise": {"way": "noise"}, "one": {}, "ten": {"steps": 10}}.items()
    }
    assert loss["noise"] < loss["one"] < loss["ten"]


@pytest.mark.parametrize("way", ["gradient", "sign"])
def test_many_steps_stay_within_reach(way):
    model, batch, watched = model_of("sasrec"), asked(), Watched()
    Adversarial(watched, 0.5, way, steps=7)(model, batch, chance())
    table = model.embedding.weight.detach()
    reach = 0.5 * float(table[1:].norm(dim=1).mean())
    for seen in watched.tables[1:]:
        assert ((seen - table).norm(dim=1) <= reach * (1 + 1e-9)).all()


def test_a_row_that_has_no_gradient_does_not_move():
    rows = of_length(torch.tensor([[1.0, 0], [0, 0], [3, 4]]), torch.tensor(2.0), 2)
    close(rows, torch.tensor([[0.0, 0], [0, 0], [1.2, 1.6]]), 1e-6)
    signs = of_signs(torch.tensor([[1.0, 1], [-2, 0], [3, -4]]), torch.tensor(2.0**0.5), 2)
    close(signs, torch.tensor([[0.0, 0], [-1, 0], [1, -1]]), 1e-6)


def test_rows_that_are_no_items_do_not_move():
    model = model_of("bert4rec")
    (table,) = item_tables(model).values()
    assert len(table) == V + 2  # what stands for a hidden item
    rows = of_length(torch.ones_like(table), torch.tensor(1.0), V)
    assert (rows[[0, -1]] == 0).all() and (rows[1:-1] != 0).all()


def test_weights_are_not_written_to():
    model, batch = model_of("gru4rec"), asked()
    before, version = weights(model), model.embedding.weight._version
    Adversarial(inner(), 0.5)(model, batch, chance())
    assert torch.equal(before, weights(model)) and model.embedding.weight._version == version
    assert isinstance(model.embedding.weight, nn.Parameter)


def test_virtual_by_hand():
    model, batch = model_of("gru4rec"), asked()
    table = model.embedding.weight
    usual = log_guess(model, batch).detach()
    drawn = torch.randn(table.shape, generator=chance()["noise"], dtype=table.dtype)
    unit = table.detach()[1:].norm(dim=1).mean()
    probe = of_length(drawn, 0.01 * unit, V).requires_grad_()
    shifted = with_moves(model, {"embedding.weight": probe}, lambda: log_guess(model, batch))
    (gradient,) = torch.autograd.grad(divergence(usual, shifted), probe)
    move = of_length(gradient, 0.4 * unit, V)
    moved = with_moves(model, {"embedding.weight": move}, lambda: log_guess(model, batch))
    p, q = usual.exp(), moved.exp()
    want = inner()(model, batch, chance())[0] + 2 * (p * (p / q).log()).sum(1).mean()
    close(VirtualAdversarial(inner(), 0.4, 2.0)(model, batch, chance())[0], want)


def test_virtual_needs_no_target_for_its_move_and_leaves_chance_as_one_pass_does():
    model, batch = model_of("gru4rec").train(), asked()
    torch.manual_seed(1)
    VirtualAdversarial(inner(), 0.4)(model, batch, chance())
    after = torch.rand(())
    torch.manual_seed(1)
    inner()(model, batch, chance())
    assert torch.equal(after, torch.rand(()))
    split = make_split()
    plain, moved = new_model(), new_model()
    fit(plain, split, objective=inner(), **QUICK)
    fit(moved, split, objective=VirtualAdversarial(inner(), 0.0), **QUICK)
    assert torch.equal(weights(plain), weights(moved))


def test_virtual_compares_guesses_with_the_same_dropout():
    model, batch = model_of("gru4rec", dropout=0.5).train(), asked()
    torch.manual_seed(1)
    plain = float(inner()(model, batch, chance())[0].detach())
    torch.manual_seed(1)
    moved = float(VirtualAdversarial(inner(), 1e-7)(model, batch, chance())[0].detach())
    assert moved == pytest.approx(plain, abs=1e-6)  # hardly a move, so hardly a divergence


def test_virtual_goes_on_where_the_inner_objective_ended():
    """Watched draws a number more than a pass of the model does."""
    model, batch = model_of("gru4rec").train(), asked()
    torch.manual_seed(1)
    VirtualAdversarial(Watched(), 0.4)(model, batch, chance())
    after = torch.rand(())
    torch.manual_seed(1)
    Watched()(model, batch, chance())
    assert torch.equal(after, torch.rand(()))


@pytest.mark.parametrize("objective", [Adversarial(inner(), 0.2, "noise"), VirtualAdversarial(inner(), 0.2)])
def test_a_run_goes_on_where_it_stopped(objective, tmp_path):
    split = make_split()
    whole, halves = new_model(), new_model()
    fit(whole, split, objective=objective, **{**QUICK, "patience": 0})
    fit(halves, split, objective=objective, out=tmp_path, **{**QUICK, "patience": 0, "epochs": 2})
    halves = new_model()
    fit(halves, split, objective=objective, out=tmp_path, resume=True, **{**QUICK, "patience": 0})
    assert torch.equal(weights(whole), weights(halves))


def test_l2_is_half_the_strength_times_the_squares_of_matrices():
    model, batch = model_of("gru4rec"), asked()
    plain = inner()(model, batch, chance())[0]
    squares = sum(float((p**2).sum()) for p in model.parameters() if p.ndim >= 2)
    value, _ = L2Penalty(inner(), 0.1)(model, batch, chance())
    assert float(value) == pytest.approx(float(plain) + 0.05 * squares)
    value.backward()
    table = model.embedding.weight
    (gradient,) = torch.autograd.grad(inner()(model, batch, chance())[0], table)
    close(table.grad, gradient + 0.1 * table.detach())


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Adversarial(inner(), -0.1), "epsilon"),
        (lambda: Adversarial(inner(), float("nan")), "epsilon"),
        (lambda: Adversarial(inner(), 0.1, "gradiant"), "did you mean gradient"),
        (lambda: Adversarial(inner(), 0.1, share=0), "share"),
        (lambda: Adversarial(inner(), 0.1, steps=0), "steps"),
        (lambda: Adversarial(inner(), 0.1, "noise", steps=2), "takes no steps"),
        (lambda: Adversarial(NextItemObjective(LOSSES["ce"], compiled=True), 0.1), "compile"),
        (lambda: VirtualAdversarial(inner(), 0.1, -1), "weight"),
        (lambda: L2Penalty(inner(), -1), "strength"),
        (lambda: Adversarial(inner(), 0.1).prepare(nn.Linear(2, 2), make_split()), "no table"),
    ],
)
def test_bad_values_are_named(make, word):
    with pytest.raises(ValueError, match=word):
        make()
