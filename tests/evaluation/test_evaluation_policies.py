"""What another policy would have earned: right on average, bounded where clipped, honest about its error."""

import pytest
import torch

from seqrec_lib.evaluation.policies import policy_value
from seqrec_lib.messages import InputError

LOGGED = torch.tensor([0.6, 0.25, 0.1, 0.05], dtype=torch.float64)
WANTED = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
REWARD = torch.tensor([0.2, 0.1, 0.5, 0.7], dtype=torch.float64)
TRUE = float((WANTED * REWARD).sum())


def log(seed, n=400):
    chance = torch.Generator().manual_seed(seed)
    taken = torch.multinomial(LOGGED, n, replacement=True, generator=chance)
    return torch.bernoulli(REWARD[taken], generator=chance), WANTED[taken], LOGGED[taken]


def over_logs(runs=400, **how):
    return [policy_value(*log(seed), **how) for seed in range(runs)]


def test_it_is_right_on_average_and_knows_its_error():
    found = over_logs()
    values = torch.tensor([one.value for one in found])
    error = float(values.std() / 20)
    assert abs(float(values.mean()) - TRUE) < 3.5 * error
    stated = sum(one.error for one in found) / len(found)
    assert stated == pytest.approx(float(values.std()), rel=0.15)
    assert sum(one.weight for one in found) / len(found) == pytest.approx(1.0, abs=0.02)


def test_normalising_lowers_the_spread_and_clipping_brings_a_bias():
    plain = torch.tensor([one.value for one in over_logs()])
    normal = torch.tensor([one.value for one in over_logs(normalise=True)])
    clipped = torch.tensor([one.value for one in over_logs(clip=2.0)])
    assert float(normal.std()) < 0.9 * float(plain.std())
    assert float(clipped.std()) < 0.6 * float(plain.std())
    assert TRUE - float(clipped.mean()) > 0.1


def test_the_error_of_the_normalised_estimate_is_its_own():
    found = over_logs(normalise=True)
    values = torch.tensor([one.value for one in found])
    assert sum(one.error for one in found) / len(found) == pytest.approx(float(values.std()), rel=0.15)


def test_equal_policies_weigh_all_alike():
    reward, _, logged = log(3)
    found = policy_value(reward, logged, logged)
    assert found.value == pytest.approx(float(reward.mean())) and found.weight == 1.0
    assert found.effective == pytest.approx(len(reward))
    uneven = policy_value(*log(3))
    assert uneven.effective < len(reward) / 2


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda r, w, p: (r[:3], w, p), r"must be \(N,\)"),
        (lambda r, w, p: (r, w, p * 0), "had chance 0"),
        (lambda r, w, p: (r, w + 1, p), "chances are 0 to 1"),
        (lambda r, w, p: (r, -w, p), "chances are 0 to 1"),
    ],
)
def test_what_cannot_be_estimated_is_said(spoil, said):
    with pytest.raises(InputError, match=said):
        policy_value(*spoil(*log(0)))
    reward, wanted, logged = log(0)
    with pytest.raises(InputError, match="none of the logged decisions"):
        policy_value(reward, wanted * 0, logged, normalise=True)
