"""Contracts of chapter 19: the promise, the private gradient, its account, membership, clients, masks.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import torch
from contracts_model import array, close, numbers
from equation_contracts import contract

from seqrec_lib.privacy import (
    average,
    calibrated,
    clipped_sum,
    epsilon,
    likelihood_ratio,
    masked,
    noisy_mean,
    renyi_of_step,
    to_epsilon,
    user_losses,
)
from seqrec_lib.privacy.masks import MODULUS, shared_mask

PHI = NormalDist().cdf


@contract(
    "eq-dp",
    kind="identity",
    library=lambda noise, delta: epsilon(noise, 1.0, 1, delta),
    perturb={
        "half": lambda noise, delta: epsilon(noise, 1.0, 1, delta) / 2,
        "delta forgotten": lambda noise, delta: epsilon(noise, 1.0, 1, min(0.9, delta * 1e5)),
        "noise squared": lambda noise, delta: epsilon(noise**2, 1.0, 1, delta),
    },
)
def promise(library) -> None:
    """For a single Gaussian step the worst set of outcomes is known; on it the promise holds as told.

    With and without the user, the outcome is normal with means 1 and 0. The worst sets are half lines.
    """
    for noise, delta in ((2.0, 1e-5), (0.8, 1e-3), (4.0, 1e-6)):
        told = library(noise, delta)
        for edge in np.linspace(-5 * noise, 5 * noise + 1, 400):
            with_user, without = PHI(-(edge - 1) / noise), PHI(-edge / noise)
            assert with_user <= math.exp(told) * without + delta


def _private(items, rest, draw, clip, noise, expected):
    found = clipped_sum({"items": items, "rest": rest}, clip)
    with_noise = noisy_mean(found, noise, clip, expected, draw)
    return with_noise["items"], with_noise["rest"]


def _other(norm, size=lambda users, expected: expected, unit=lambda clip: clip):
    def run(items, rest, draw, clip, noise, expected):
        found = [np.zeros(items.shape[1:]), np.zeros(rest.shape[1:])]
        for mine in zip(array(items), array(rest), strict=True):
            for n, part in enumerate(mine):
                found[n] = found[n] + part * norm(mine, n, clip)
        return [
            (part + noise * unit(clip) * array(torch.randn(part.shape, generator=draw, dtype=torch.float64)))
            / size(len(items), expected)
            for part in found
        ]

    return run


def _length(parts) -> float:
    return math.sqrt(sum(float(x) ** 2 for part in parts for x in part.ravel()))


@contract(
    "eq-private-gradient",
    kind="code",
    library=_private,
    perturb={
        "each part by itself": _other(lambda mine, n, clip: min(1, clip / _length([mine[n]]))),
        "always stretched": _other(lambda mine, n, clip: clip / _length(mine)),
        "not clipped": _other(lambda mine, n, clip: 1.0),
        "divided by who came": _other(
            lambda mine, n, clip: min(1, clip / _length(mine)), size=lambda users, expected: users
        ),
        "noise without the clip": _other(
            lambda mine, n, clip: min(1, clip / _length(mine)), unit=lambda clip: 1.0
        ),
    },
)
def private_gradient(library) -> None:
    """Each user's gradient cut to the clip, all weights together; noise in clips; the expected size."""
    items, rest = numbers(0, 3, 4, 2) * 0.8, numbers(1, 3, 5) * 0.2
    items[2] *= 0.01
    rest[2] *= 0.01
    clip, noise, expected = 0.7, 1.3, 4.5
    told = library(items, rest, torch.Generator().manual_seed(3), clip, noise, expected)
    draw, mine = torch.Generator().manual_seed(3), []
    for part in (items, rest):
        total = np.zeros(part.shape[1:])
        for user in range(3):
            length = _length([array(items[user]), array(rest[user])])
            total += array(part[user]) * min(1.0, clip / length)
        drawn = array(torch.randn(part.shape[1:], generator=draw, dtype=torch.float64))
        mine.append((total + noise * clip * drawn) / expected)
    for one, other in zip(mine, told, strict=True):
        close(one, other)


def _moment(rate, noise, order, change=lambda k: k * k - k):
    total = sum(
        math.comb(order, k) * (1 - rate) ** (order - k) * rate**k * math.exp(change(k) / (2 * noise**2))
        for k in range(order + 1)
    )
    return math.log(total) / (order - 1)


@contract(
    "eq-renyi-step",
    kind="code",
    library=renyi_of_step,
    perturb={
        "k squared": lambda noise, rate, order: _moment(rate, noise, order, lambda k: k * k),
        "no sampling": lambda noise, rate, order: order / (2 * noise**2),
        "rate times the full": lambda noise, rate, order: rate * order / (2 * noise**2),
        "divided by the order": lambda noise, rate, order: (
            renyi_of_step(noise, rate, order) * (order - 1) / order
        ),
    },
)
def renyi_step(library) -> None:
    """The moment of the likelihood ratio, integrated over the outcome on a fine grid."""
    for noise, rate, order in ((1.0, 0.1, 4), (2.0, 0.03, 9), (0.9, 0.4, 2)):
        x = np.linspace(-40, 40 + order, 400_001)
        density = np.exp(-(x**2) / (2 * noise**2)) / (noise * math.sqrt(2 * math.pi))
        ratio = 1 - rate + rate * np.exp((2 * x - 1) / (2 * noise**2))
        moment = float(np.sum(density * ratio**order) * (x[1] - x[0]))
        np.testing.assert_allclose(library(noise, rate, order), math.log(moment) / (order - 1), rtol=1e-6)


@contract(
    "eq-renyi-epsilon",
    kind="code",
    library=to_epsilon,
    perturb={
        "the older bound": lambda renyi, order, delta: renyi - math.log(delta) / (order - 1),
        "divided by the order": lambda renyi, order, delta: (
            renyi + math.log1p(-1 / order) - (math.log(delta) + math.log(order)) / order
        ),
        "delta turned round": lambda renyi, order, delta: (
            renyi + math.log1p(-1 / order) + (math.log(delta) + math.log(order)) / (order - 1)
        ),
    },
)
def renyi_epsilon(library) -> None:
    """From a divergence and its order to epsilon at delta."""
    for renyi, order, delta in ((0.3, 8, 1e-5), (1.7, 3, 1e-6), (0.02, 64, 1e-3)):
        mine = renyi + math.log(1 - 1 / order) - (math.log(delta) + math.log(order)) / (order - 1)
        close(mine, library(renyi, order, delta))


class _Table(torch.nn.Module):
    """States that are given, and an item matrix: all that a loss of a user reads."""

    def __init__(self, states, matrix):
        super().__init__()
        self.states, self.matrix = states, matrix

    n_items = 4

    def score(self, batch, candidates=None):
        raise AssertionError

    def hidden(self, batch):
        return self.states[batch.users][:, : batch.items.shape[1]]

    def item_matrix(self):
        return self.matrix


def _rows():
    from seqrec_lib.data import Batch

    items = torch.tensor([[3, 1, 2], [4, 2, 0]])
    after = torch.tensor([[1, 2, 4], [2, 3, 0]])
    return Batch(items=items, lengths=torch.tensor([3, 2]), targets=after, users=torch.tensor([0, 1]))


def _loss_loop(model, batch, padding=False, total=False):
    found = []
    for row in range(len(batch)):
        losses = []
        for step in range(int(batch.lengths[row])):
            scores = [float(model.states[row, step] @ model.matrix[i]) for i in range(0 if padding else 1, 5)]
            target = int(batch.targets[row, step]) - (0 if padding else 1)
            losses.append(math.log(sum(math.exp(s) for s in scores)) - scores[target])
        found.append(sum(losses) / (1 if total else len(losses)))
    return np.array(found)


@contract(
    "eq-member-loss",
    kind="code",
    library=user_losses,
    perturb={
        "padding is an item": lambda model, batch: _loss_loop(model, batch, padding=True),
        "a sum": lambda model, batch: _loss_loop(model, batch, total=True),
        "over all columns": lambda model, batch: _loss_loop(model, batch, total=True) / batch.items.shape[1],
    },
)
def member_loss(library) -> None:
    """A user's mean surprise at the own targets, padding left out."""
    model = _Table(numbers(0, 2, 3, 3), numbers(1, 5, 3))
    close(_loss_loop(model, _rows()), library(model, _rows()))


@contract(
    "eq-member-calibrated",
    kind="code",
    library=calibrated,
    perturb={
        "turned round": lambda losses, known: losses - known,
        "not calibrated": lambda losses, known: -losses,
        "a ratio": lambda losses, known: known / losses,
    },
)
def member_calibrated(library) -> None:
    """What the reference is surprised by, minus what the model is."""
    losses, known = numbers(0, 6).abs() + 2, numbers(1, 6).abs() + 2
    close([float(k) - float(x) for x, k in zip(losses, known, strict=True)], library(losses, known))


def _ratio_loop(losses, shadow, members, shared=True, correction=1):
    users, sides = losses.shape[0], []
    for inside in (array(members), ~array(members)):
        means = [shadow[inside[:, u], u].mean() for u in range(users)]
        squares = [((shadow[inside[:, u], u] - means[u]) ** 2).sum() for u in range(users)]
        counts = [inside[:, u].sum() for u in range(users)]
        pooled = sum(squares) / sum(n - correction for n in counts)
        own = [pooled if shared else s / n for s, n in zip(squares, counts, strict=True)]
        sides.append(
            [-((losses[u] - means[u]) ** 2) / (2 * own[u]) - 0.5 * math.log(own[u]) for u in range(users)]
        )
    return np.array(sides[0]) - np.array(sides[1])


@contract(
    "eq-member-ratio",
    kind="code",
    library=likelihood_ratio,
    perturb={
        "spread by user": lambda own, shadow, members: _ratio_loop(array(own), array(shadow), members, False),
        "divided by n": lambda own, shadow, members: _ratio_loop(array(own), array(shadow), members, True, 0),
        "turned round": lambda own, shadow, members: likelihood_ratio(own, shadow, ~members),
        "of the mean alone": lambda own, shadow, members: shadow.mean(0) - own,
    },
)
def member_ratio(library) -> None:
    """The log of two normal densities, with each user's means and spreads that all users share."""
    shadow, own = numbers(0, 7, 5), numbers(1, 5)
    members = torch.tensor([[1, 0, 1, 0, 1], [0, 1, 1, 0, 0], [1, 1, 0, 1, 1], [0, 0, 0, 1, 0],
                            [1, 1, 1, 0, 1], [0, 0, 1, 1, 0], [1, 0, 0, 1, 1]]).bool()  # fmt: skip
    close(_ratio_loop(array(own), array(shadow), members), library(own, shadow, members))


@contract(
    "eq-fedavg",
    kind="code",
    library=average,
    perturb={
        "not weighted": lambda sent, rows: average(sent, [1] * len(rows)),
        "by root": lambda sent, rows: average(sent, [n**0.5 for n in rows]),
        "a sum": lambda sent, rows: {"w": sum(each["w"] for each in sent)},
    },
)
def fedavg(library) -> None:
    """Each weight is the mean over clients, each counted by its rows."""
    sent, rows = [{"w": numbers(seed, 3, 2)} for seed in range(3)], [5, 1, 9]
    mine = np.zeros((3, 2))
    for each, n in zip(sent, rows, strict=True):
        mine += n / 15 * array(each["w"])
    close(mine, library(sent, rows)["w"])


SECRETS = [[0, 11, 12], [11, 0, 23], [12, 23, 0]]


def _masked(change):
    def run(whole, client, secrets, present):
        found = array(whole).copy()
        for other in present:
            if other != client:
                found = found + change(client, other) * array(shared_mask(secrets[client][other], len(whole)))
        return torch.from_numpy(found % MODULUS)

    return run


@contract(
    "eq-masks",
    kind="code",
    library=masked,
    perturb={
        "always added": _masked(lambda client, other: 1),
        "no masks": _masked(lambda client, other: 0),
        "turned round": _masked(lambda client, other: -1 if client < other else 1),
        "not modulo": lambda *given: masked(*given) + MODULUS,
    },
)
def masks(library) -> None:
    """Plus the masks with later clients, minus those with earlier ones, modulo; the sum is the plain one."""
    whole = [torch.tensor([5, 2**32 - 7, 100]) * (n + 1) % MODULUS for n in range(3)]
    total = np.zeros(3, dtype=np.int64)
    for client in range(3):
        mine = [int(x) for x in whole[client]]
        for other in range(3):
            mask = shared_mask(SECRETS[client][other], 3)
            for place in range(3):
                if other > client:
                    mine[place] += int(mask[place])
                if other < client:
                    mine[place] -= int(mask[place])
        sent = library(whole[client], client, SECRETS, [0, 1, 2])
        assert [x % MODULUS for x in mine] == sent.tolist()
        total += array(sent)
    assert (total % MODULUS).tolist() == (sum(array(each) for each in whole) % MODULUS).tolist()
