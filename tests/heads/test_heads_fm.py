"""The factorisation machine against every pair, with inputs that are not 0 and 1."""

import itertools

import pytest
import torch
from tiny_models import close

from seqrec_lib.heads.fm import FactorisationMachine, pairwise, pairwise_fields


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_pairs(x, factors):
    return sum(factors[i] @ factors[j] * x[i] * x[j] for i, j in itertools.combinations(range(len(x)), 2))


def test_pairwise_is_the_sum_over_pairs_for_real_inputs():
    x, factors = drawn(4, 7), drawn(7, 3, seed=1)
    close(pairwise(x, factors), torch.stack([by_pairs(row, factors) for row in x]))


def test_zeros_and_ones_hide_whether_x_is_squared():
    """Why the test above has real inputs: here the mistake gives the same number."""
    x, factors = (drawn(4, 7) > 0).double(), drawn(7, 3, seed=1)
    not_squared = ((x @ factors).square() - x @ factors.square()).sum(-1) / 2
    close(pairwise(x, factors), not_squared)


def test_one_input_alone_meets_nobody():
    assert pairwise(torch.tensor([0.0, 3.0, 0.0]), drawn(3, 5).float()).abs() < 1e-5
    close(pairwise_fields(drawn(2, 1, 4)), torch.zeros(2, dtype=torch.float64))


@pytest.mark.parametrize("lead", [(), (5,), (2, 5)])
def test_fields_are_pairs_of_their_vectors(lead):
    vectors = drawn(*lead, 4, 3)
    pairs = itertools.combinations(range(4), 2)
    close(pairwise_fields(vectors), sum((vectors[..., i, :] * vectors[..., j, :]).sum(-1) for i, j in pairs))


def test_fields_with_their_x_equal_the_whole_input():
    """Two fields of 3 and 4 inputs, one of each is on, and a third field with a real number."""
    factors, x = drawn(8, 5), torch.zeros(8, dtype=torch.float64)
    x[1], x[5], x[7] = 1.0, 1.0, -2.5
    close(pairwise(x, factors), pairwise_fields(factors[[1, 5, 7]] * x[[1, 5, 7], None]))


def test_the_machine_is_bias_line_and_pairs():
    torch.manual_seed(0)
    machine, x = FactorisationMachine(6, 2).double(), drawn(3, 6)
    with torch.no_grad():
        machine.bias += 0.7
        machine.weight += drawn(6, seed=2)
    want = [0.7 + row @ machine.weight + by_pairs(row, machine.factors) for row in x]
    close(machine(x), torch.stack(want))
    assert machine(drawn(2, 3, 6)).shape == (2, 3)


def test_without_factors_it_is_logistic_regression():
    machine, x = FactorisationMachine(4, 0).double(), drawn(3, 4)
    close(machine(x), torch.zeros(3, dtype=torch.float64))


def test_a_fresh_machine_moves_all_its_numbers():
    torch.manual_seed(0)
    machine = FactorisationMachine(4, 2)
    machine(drawn(3, 4).float()).sum().backward()
    assert all(bool((p.grad != 0).all()) for p in machine.parameters())
