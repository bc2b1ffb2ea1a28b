"""Losses that sample, each against its formula written out a step at a time in NumPy."""

import numpy as np
import pytest
import torch
from test_losses import drawn
from tiny_models import V, close

from seqrec_lib.losses import (
    LOSSES,
    bayesian_personalised_ranking,
    generalised_bce,
    in_batch,
    in_batch_softmax,
    item_shares,
    plain_cross_entropy,
    sampled_softmax,
)

batch_items = in_batch._batch_items


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def scores_and_draw(k, seed=3):
    """Scores ``(N, V+1)`` in NumPy, targets, and the ``(N, k)`` negatives that seed leads to."""
    hidden, targets, matrix = drawn()
    generator = torch.Generator().manual_seed(seed)
    draw = torch.randint(1, V, (len(targets), k), generator=generator)
    draw = draw + (draw >= targets[:, None])
    return (hidden @ matrix.T).numpy(), targets.tolist(), draw.tolist(), (hidden, targets, matrix)


@pytest.mark.parametrize("k", [1, 4])
def test_bpr_by_hand(k):
    scores, targets, draw, given = scores_and_draw(k)
    wanted = np.mean(
        [
            -np.log(sigmoid(scores[n, target] - scores[n, other]))
            for n, target in enumerate(targets)
            for other in draw[n]
        ]
    )
    got = bayesian_personalised_ranking(*given, torch.Generator().manual_seed(3), k)
    close(got, torch.tensor(wanted))


@pytest.mark.parametrize("calibration", [0.0, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("k", [1, 4])
def test_gbce_by_hand(k, calibration):
    scores, targets, draw, given = scores_and_draw(k)
    rate = k / (V - 1)
    beta = rate * (calibration * (1 - 1 / rate) + 1 / rate)
    wanted = np.mean(
        [
            -(
                np.log(sigmoid(scores[n, target]) ** beta)
                + sum(np.log(1 - sigmoid(scores[n, i])) for i in draw[n])
            )
            / (k + 1)
            for n, target in enumerate(targets)
        ]
    )
    got = generalised_bce(*given, torch.Generator().manual_seed(3), k, calibration)
    close(got, torch.tensor(wanted))


def test_gbce_without_calibration_is_bce_and_with_all_of_it_beta_is_the_rate():
    """At t = 0 the power is 1; at t = 1 it is the sampling rate (Petrov & Macdonald 2023, theorem 4.2)."""
    _, _, draw, (hidden, targets, matrix) = scores_and_draw(5)
    seeded = lambda t: generalised_bce(hidden, targets, matrix, torch.Generator().manual_seed(3), 5, t)  # noqa: E731
    positive = torch.nn.functional.softplus(-(hidden * matrix[targets]).sum(-1)).mean()
    close(seeded(0.0) - seeded(1.0), (1 - 5 / (V - 1)) * positive / 6)


@pytest.mark.parametrize("k", [1, 4, 3 * V])
@pytest.mark.parametrize("calibration", [0.0, 0.75, 1.0])
def test_centred_adds_one_number_to_every_score(k, calibration):
    """It is log(beta / K): a score of its own, which has weight 1 beside every state."""
    _, _, _, (hidden, targets, matrix) = scores_and_draw(1)
    level = np.log((1 - calibration * (1 - min(1.0, k / (V - 1)))) / k)
    wide = torch.cat([hidden, hidden.new_ones(len(hidden), 1)], 1)
    taller = torch.cat([matrix, matrix.new_full((len(matrix), 1), level)], 1)
    seeded = lambda *given, **more: generalised_bce(  # noqa: E731
        *given, torch.Generator().manual_seed(3), k, calibration, **more
    )
    close(seeded(hidden, targets, matrix, centred=True), seeded(wide, targets, taller))
    if k > 1:
        assert (
            abs(float(seeded(hidden, targets, matrix, centred=True) - seeded(hidden, targets, matrix))) > 0.01
        )


@pytest.mark.parametrize("k", [1, 3, V - 1])
def test_sampled_softmax_by_hand(k):
    scores, targets, _, given = scores_and_draw(1)
    shared = (1 + torch.randperm(V, generator=torch.Generator().manual_seed(3))[:k]).tolist()
    wanted = []
    for n, target in enumerate(targets):
        among = [scores[n, target]] + [scores[n, i] for i in shared if i != target]
        wanted.append(np.log(np.sum(np.exp(among))) - scores[n, target])
    close(sampled_softmax(*given, torch.Generator().manual_seed(3), k), torch.tensor(np.mean(wanted)))


def test_sampled_softmax_with_every_item_is_full_cross_entropy():
    hidden, targets, matrix = drawn()
    for negatives in (V, 3000):
        close(sampled_softmax(hidden, targets, matrix, None, negatives), plain_cross_entropy(*drawn()))


def test_shared_negatives_are_distinct_and_uniform():
    """Chi-square at level 0.001 over 2,000 draws of 4 of 11 items; a target never meets itself."""
    hidden, targets, matrix = torch.zeros(1, 1), torch.ones(1, dtype=torch.long), torch.zeros(V + 1, 1)
    generator = torch.Generator().manual_seed(0)
    # With all scores equal, the loss is log(1 + negatives other than the target): target 1 among the
    # 4 drawn leaves 3.
    losses = [float(sampled_softmax(hidden, targets, matrix, generator, 4)) for _ in range(2000)]
    met = sum(abs(loss - np.log(4)) < 1e-5 for loss in losses)
    assert all(min(abs(loss - np.log(4)), abs(loss - np.log(5))) < 1e-5 for loss in losses)
    expected, spread = 2000 * 4 / V, np.sqrt(2000 * 4 / V * (1 - 4 / V))
    assert abs(met - expected) < 3.3 * spread


def test_in_batch_softmax_by_hand():
    hidden, _, matrix = drawn()
    targets = torch.tensor([3, 5, 3, 3, 9, 5])
    popularity = torch.rand(V + 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    scores, q = (hidden @ matrix.T).numpy(), popularity.numpy()
    wanted, plain = [], []
    for n, target in enumerate(targets.tolist()):  # every step of the batch is a class, repeats too
        others = [np.exp(scores[n, i]) / q[i] / len(targets) for i in targets.tolist()]
        wanted.append(np.log(sum(others)) - scores[n, target])
        plain.append(np.log(sum(np.exp(scores[n, i]) for i in (3, 5, 9))) - scores[n, target])
    got = in_batch_softmax(hidden, targets, matrix, popularity=popularity)
    close(got, torch.tensor(np.mean(wanted)))
    close(in_batch_softmax(hidden, targets, matrix), torch.tensor(np.mean(plain)))


def test_the_correction_makes_the_sum_over_a_batch_the_full_one_in_expectation():
    """4,000 batches of 8 targets drawn by popularity; within 4 standard errors, and not without it."""
    generator = torch.Generator().manual_seed(0)
    p = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
    scores = torch.tensor([0.0, 0.2, 1.0, -0.5, 2.0], dtype=torch.float64)
    hidden, matrix = torch.ones(8, 1, dtype=torch.float64), scores[:, None]
    sums = {"corrected": [], "as they come": []}
    for _ in range(4000):
        targets = 1 + torch.multinomial(p, 8, replacement=True, generator=generator)
        for name, q in (("corrected", torch.cat([p[:1], p])), ("as they come", torch.full((5,), 0.25))):
            loss = in_batch_softmax(hidden, targets, matrix, popularity=q)
            sums[name].append(float((loss + scores[targets].mean()).exp()))
    full = float(scores[1:].exp().sum())
    away = {name: abs(np.mean(s) - full) / (np.std(s) / 4000**0.5) for name, s in sums.items()}
    assert away["corrected"] < 4 < away["as they come"]


def test_shares_count_targets_and_not_padding():
    targets = torch.tensor([[1, 3, 0], [3, 3, 2]])
    close(item_shares(targets, 4), torch.tensor([0, 0.2, 0.2, 0.6, 0], dtype=torch.float64))


@pytest.mark.parametrize("name", ["bpr", "gbce"])
def test_no_negative_to_draw_raises(name):
    hidden, targets, matrix = drawn()
    with pytest.raises(ValueError, match="0 negatives"):
        LOSSES[name](hidden, targets, matrix, negatives=0)
    with pytest.raises(ValueError, match="1 items"):
        LOSSES[name](hidden, torch.ones_like(targets), matrix[:2], negatives=1)


def test_a_step_whose_only_negative_is_its_target_has_a_gradient():
    hidden, _, matrix = drawn()
    targets = torch.full((len(hidden),), 3)
    for seed in range(60):  # some seed draws item 3
        h, w = hidden.clone().requires_grad_(), matrix.clone().requires_grad_()
        loss = sampled_softmax(h, targets, w, torch.Generator().manual_seed(seed), 1)
        loss.backward()
        assert h.grad.isfinite().all() and w.grad.isfinite().all()
        if float(loss.detach()) == 0:  # nothing competes with the target: nothing to learn
            assert not h.grad.any() and not w.grad.any()
            return
    pytest.fail("no seed drew the target")


def test_losses_in_bf16_are_summed_in_fp32():
    """A sum of thousands in bf16 is good to two digits: gBCE was 0.9% off."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2000, 16, generator=generator).bfloat16()
    matrix = torch.randn(301, 16, generator=generator).bfloat16()
    targets = torch.randint(1, 301, (2000,), generator=generator)
    for name, loss in LOSSES.items():
        exact, rough = (
            loss(h, targets, w, torch.Generator().manual_seed(1), 64)
            for h, w in ((hidden.float(), matrix.float()), (hidden, matrix))
        )
        assert rough.dtype == torch.float32, name
        assert abs(rough - exact) < 2e-3 * exact, name


@pytest.mark.parametrize("n", [5, 40], ids=["fewer steps than items", "more steps than items"])
@pytest.mark.parametrize("known", [True, False], ids=["with shares", "without"])
def test_in_batch_softmax_without_a_number_that_depends_on_the_data(n, known, monkeypatch):
    """What a GPU does, so that it need not wait, comes to the same loss and the same gradients."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    matrix = torch.randn(V + 1, 4, generator=generator, dtype=torch.float64)
    targets = torch.randint(1, 5, (n,), generator=generator)  # repeats, and items that never occur
    q = item_shares(targets, V) if known else None
    assert 5 < V < 40
    found = []
    for fixed in (False, True):
        monkeypatch.setattr(
            in_batch, "_batch_items", lambda t, v, fixed, now=fixed, real=batch_items: real(t, v, now)
        )
        h, w = hidden.clone().requires_grad_(), matrix.clone().requires_grad_()
        loss = in_batch_softmax(h, targets, w, popularity=q)
        loss.backward()
        found.append((loss.detach(), h.grad, w.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)
