"""The oracle against a million users drawn by the generator alone.

Users with the same observed history are counted together, and what came next is compared with the
oracle by chi-square. Honest oracles must not be rejected at level 0.001 (seeds are fixed, so this
is no lottery); spoiled ones must be rejected at 1e-9.
"""

import pytest
import torch
from crowds import counts
from tiny_worlds import chi_square, spoiled

LEVEL, CERTAIN = 1e-3, 1e-9


def test_a_million_users_agree_with_the_oracle_when_popularity_drifts(crowd_with_drift):
    observed, expected = counts(crowd_with_drift, periods=3)
    assert observed.sum() == 4_000_000
    assert len(observed) > 3 * (1 + 6 + 30 + 100)  # nearly all histories without repeats occur
    assert chi_square(observed, expected) > LEVEL


def test_a_million_users_agree_with_the_oracle_when_items_come_again(crowd_with_repeats):
    observed, expected = counts(crowd_with_repeats)
    assert observed.sum() == 4_000_000
    assert len(observed) > 250  # of 1 + 6 + 36 + 216 histories
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.parametrize("what", ["types", "trigger", "mask", "drift"])
def test_the_crowd_rejects_a_spoiled_oracle(what, crowd_with_drift, monkeypatch):
    oracle = spoiled(crowd_with_drift, what, monkeypatch)
    assert chi_square(*counts(oracle, users=150_000, periods=3)) < CERTAIN


@pytest.mark.parametrize("what", ["types", "trigger", "spent"])
def test_the_repeating_crowd_rejects_a_spoiled_oracle(what, crowd_with_repeats, monkeypatch):
    oracle = spoiled(crowd_with_repeats, what, monkeypatch)
    assert chi_square(*counts(oracle, users=150_000)) < CERTAIN


def test_chi_square_has_the_level_it_states():
    """Rejections among true nulls are as frequent as the level says."""
    generator = torch.Generator().manual_seed(0)
    p = torch.tensor([0.5, 0.3, 0.15, 0.05])
    values = []
    for _ in range(400):
        drawn = torch.multinomial(p.expand(3, 4), 200, replacement=True, generator=generator)
        values.append(chi_square(torch.nn.functional.one_hot(drawn, 4).sum(1), (200 * p).expand(3, 4)))
    share = (torch.tensor(values) < 0.1).double().mean()
    assert 0.06 < share < 0.14  # 0.1 within 2.7 standard errors


def test_chi_square_pools_small_cells_and_refuses_the_impossible():
    expected = torch.tensor([[50.0, 47.0, 2.0, 1.0, 0.0]])
    assert chi_square(torch.tensor([[50, 47, 1, 2, 0]]), expected) == pytest.approx(1.0)
    assert chi_square(torch.tensor([[50, 46, 2, 1, 1]]), expected) == 0.0
