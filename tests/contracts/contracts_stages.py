"""Contracts of chapter 8: readers of sessions, searches, two stages, and what a log does not say.

The transcriptions are loops over NumPy numbers in double precision; they share small functions with the
other contracts and none with the library.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, numbers, sigmoid, softmax
from equation_contracts import contract

from seqrec_lib.attention import masked_softmax
from seqrec_lib.evaluation.policies import policy_value
from seqrec_lib.losses.in_batch import in_batch_softmax
from seqrec_lib.losses.position_bias import relevance_loss
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.narm import narm_weights
from seqrec_lib.models.stamp import stamp_weights
from seqrec_lib.retrieval import build_index, recall_at_k

B, T, D, V = 2, 4, 3, 9
QUERY, KEY, A = numbers(81, B, T, D), numbers(82, B, T, D), numbers(83, D)
MASK = torch.ones(T, T, dtype=torch.bool).tril().expand(B, -1, -1)


def _scores(change):
    return lambda query, key, v, mask: change(query, key, v) * mask


@contract(
    "eq-narm-weights",
    kind="code",
    library=narm_weights,
    perturb={
        "a hyperbolic tangent": _scores(lambda q, k, v: torch.tanh(q[:, :, None] + k[:, None]) @ v),
        "a softmax": lambda q, k, v, mask: narm_weights(q, k, v, mask, normalise=True),
        "who asks and who answers turned round": lambda q, k, v, mask: narm_weights(k, q, v, mask),
        "the sigmoid around the sum": _scores(
            lambda q, k, v: torch.sigmoid((q[:, :, None] + k[:, None]) @ v)
        ),
    },
)
def narm_score(library) -> None:
    """w_tj = a . sigmoid(A_1 h_t + A_2 h_j); query and key are projected."""
    found = array(library(QUERY, KEY, A, MASK))
    for b in range(B):
        for t in range(T):
            for j in range(t + 1):
                wanted = array(A) @ sigmoid(array(QUERY)[b, t] + array(KEY)[b, j])
                close(found[b, t, j], wanted)


def _narm(spoil=lambda mixed, states, bilinear: bilinear(torch.cat([mixed, states], -1))):
    def run(model, batch_states):
        weights = narm_weights(model.query(batch_states), model.key(batch_states), model.v, MASK)
        return spoil(weights @ batch_states, batch_states, model.bilinear), weights

    return run


@contract(
    "eq-narm-state",
    kind="code",
    library=_narm(),
    perturb={
        "the halves turned round": _narm(lambda m, s, b: b(torch.cat([s, m], -1))),
        "the first state behind": _narm(lambda m, s, b: b(torch.cat([m, s[:, :1].expand_as(s)], -1))),
        "the sum alone": _narm(lambda m, s, b: b(torch.cat([m, m], -1))),
    },
)
def narm_state(library) -> None:
    """z_t = B [sum_j w_tj h_j; h_t]."""
    torch.manual_seed(0)
    model = build(recipe_settings("narm", V, dim=D, max_len=T, dropout=0.0)).double()
    states = numbers(84, B, T, D)
    found, weights = library(model, states)
    matrix, h, w = array(model.bilinear.weight), array(states), array(weights)
    for b in range(B):
        for t in range(T):
            mixed = sum(w[b, t, j] * h[b, j] for j in range(t + 1))
            close(array(found)[b, t], matrix @ np.concatenate([mixed, h[b, t]]))


@contract(
    "eq-narm-softmax",
    kind="identity",
    library=masked_softmax,
    perturb={
        "not divided again": lambda s, m: s.softmax(-1) * m,
        "masked scores of 0": lambda s, m: (s * m).softmax(-1) * m,
    },
)
def narm_softmax(library) -> None:
    """Softmax over everything, masked and divided by its sum, is the masked softmax."""
    scores = numbers(85, B, T, T)
    wide = array(scores)
    for b in range(B):
        for t in range(T):
            every = softmax(wide[b, t]) * array(MASK)[b, t]
            close(array(library(scores, MASK))[b, t], every / every.sum())


@contract(
    "eq-stamp-weights",
    kind="code",
    library=stamp_weights,
    perturb={
        "a softmax": lambda item, asks, w, mask: masked_softmax(
            torch.sigmoid(asks[:, :, None] + item[:, None]) @ w, mask
        ).double(),
        "steps turned round": lambda item, asks, w, mask: stamp_weights(asks, item, w, mask),
        "no sigmoid": lambda item, asks, w, mask: ((asks[:, :, None] + item[:, None]) @ w) * mask,
    },
)
def stamp_score(library) -> None:
    """w_tj = a . sigmoid(W_1 v_j + (W_2 v_t + W_3 mean + b)); what asks is given as one vector."""
    found = array(library(KEY, QUERY, A, MASK))
    for b in range(B):
        for t in range(T):
            for j in range(t + 1):
                close(found[b, t, j], array(A) @ sigmoid(array(KEY)[b, j] + array(QUERY)[b, t]))


def _stamp(add_mean=False, swap=False):
    def run(batch):
        torch.manual_seed(0)
        model = build(recipe_settings("stamp", V, dim=D, max_len=T, dropout=0.0, add_mean=add_mean))
        model = model.double().requires_grad_(False)
        if swap:
            model.long, model.short = model.short, model.long
        return model, model.attend(batch)[0]

    return run


@contract(
    "eq-stamp-state",
    kind="code",
    library=_stamp(),
    perturb={"the mean added once more": _stamp(add_mean=True), "the layers swapped": _stamp(swap=True)},
)
def stamp_state(library) -> None:
    """z_t = tanh(W_4 sum_j w_tj v_j + b_4) * tanh(W_5 v_t + b_5); the weights as in eq-stamp-weights."""
    from seqrec_lib.data import Batch

    batch = Batch(torch.tensor([[3, 1, 7, 2], [5, 9, 4, 8]]), torch.tensor([4, 4]))
    _, found = library(batch)
    torch.manual_seed(0)
    model = build(recipe_settings("stamp", V, dim=D, max_len=T, dropout=0.0)).double()
    part = {name: array(weight) for name, weight in model.named_parameters()}
    for b in range(B):
        v = part["embedding.weight"][batch.items[b]]
        for t in range(T):
            asks = part["of_last.weight"] @ v[t] + part["of_mean.weight"] @ v[: t + 1].mean(0)
            asks = asks + part["of_mean.bias"]
            each = [part["w"] @ sigmoid(part["of_item.weight"] @ v[j] + asks) for j in range(t + 1)]
            memory = sum(w * v[j] for j, w in enumerate(each))
            long = np.tanh(part["long.weight"] @ memory + part["long.bias"])
            short = np.tanh(part["short.weight"] @ v[t] + part["short.bias"])
            close(array(found)[b, t], long * short)


ITEMS, ASKS = numbers(86, V + 1, D), numbers(87, 5, D)


def _search(metric):
    return lambda rows, asks: build_index(rows, "exact", metric).search(asks, V)


@contract(
    "eq-squared-distance",
    kind="identity",
    library=_search("l2"),
    perturb={"the product": _search("dot"), "the angle": _search("cosine")},
)
def squared_distance(library) -> None:
    """-|z - e|^2 = 2 z.e - |e|^2 - |z|^2."""
    found = library(ITEMS, ASKS)
    for n, z in enumerate(array(ASKS)):
        for item, score in zip(found.items[n].tolist(), array(found.scores)[n], strict=True):
            e = array(ITEMS)[item]
            assert math.isclose(score, 2 * z @ e - e @ e - z @ z, abs_tol=1e-5)
            assert math.isclose(score, -((z - e) ** 2).sum(), abs_tol=1e-5)


def _longer(extra):
    def run(rows, asks):
        square = rows.pow(2).sum(1)
        wide = torch.cat([rows, extra(square)[:, None]], 1)
        more = torch.cat([asks, torch.zeros(len(asks), 1).to(asks)], 1)
        return build_index(wide, "exact", "l2").search(more, V)

    return run


@contract(
    "eq-longer-vector",
    kind="identity",
    library=_longer(lambda square: (square[1:].max() - square).clamp(min=0).sqrt()),
    perturb={
        "no root": _longer(lambda square: (square[1:].max() - square).clamp(min=0)),
        "nothing added": _longer(torch.zeros_like),
    },
)
def longer_vector(library) -> None:
    """With all items equally long, distances order as products do: -|z' - e'|^2 = 2 z.e - M^2 - |z|^2."""
    found, longest = library(ITEMS, ASKS), (array(ITEMS)[1:] ** 2).sum(1).max()
    for n, z in enumerate(array(ASKS)):
        for item, score in zip(found.items[n].tolist(), array(found.scores)[n], strict=True):
            assert math.isclose(score, 2 * z @ array(ITEMS)[item] - longest - z @ z, abs_tol=1e-5)


FOUND = torch.tensor([[4, 4, 7, 1], [2, 9, 3, 5], [8, 6, 1, 2]])
EXACT = torch.tensor([[4, 7, 8, 2], [5, 3, 9, 2], [7, 5, 4, 3]])


@contract(
    "eq-list-recall",
    kind="code",
    library=recall_at_k,
    perturb={
        "each copy counts": lambda f, e: (f[:, :, None] == e[:, None, :]).any(2).double().mean(1),
        "the place counts too": lambda f, e: (f == e).double().mean(1),
        "the first exact item alone": lambda f, e: (f == e[:, :1]).any(1).double(),
    },
)
def list_recall(library) -> None:
    """recall@k = |found and exact| / k."""
    wanted = [len(set(f) & set(e)) / 4 for f, e in zip(FOUND.tolist(), EXACT.tolist(), strict=True)]
    close(array(library(FOUND, EXACT)), np.array(wanted))


def _two_stages(keep_lost):
    def run(first, second, target, count, k):
        items = first.topk(count, 1).indices
        scores = second if keep_lost else torch.full_like(second, -torch.inf).scatter(
            1, items, second.gather(1, items)
        )  # fmt: skip
        own = scores.gather(1, target[:, None])
        rank = (scores > own).sum(1) + 1
        gain = torch.where((rank <= k) & (own[:, 0] > -torch.inf), 1 / torch.log2(rank + 1.0), 0.0)
        return gain.double().mean(), (items == target[:, None]).any(1).double().mean()

    return run


@contract(
    "eq-stage-bound",
    kind="identity",
    library=_two_stages(keep_lost=False),
    perturb={"the ranker sees all items": _two_stages(keep_lost=True)},
)
def stage_bound(library) -> None:
    """NDCG@k of both stages <= HR@C of the first, with a ranker that knows the target."""
    chance = torch.Generator().manual_seed(8)
    first, second = torch.randn(2, 60, V, generator=chance)
    target = torch.randint(V, (60,), generator=chance)
    second[torch.arange(60), target] = 99.0  # the best ranker there is
    for count in (1, 3, 5):
        gain, hit = library(first, second, target, count, count)
        assert float(gain) <= float(hit) + 1e-9 and math.isclose(float(gain), float(hit), abs_tol=1e-6)


def _in_batch(sign):
    """Sum over the batch of exp(s - sign * log q), which should tend to the sum over all items."""

    def run(hidden, targets, items, q):
        if sign == 1:
            return in_batch_softmax(hidden, targets, items, popularity=q)
        scores = hidden @ items[targets].T  # (N, N), each target as often as it comes
        own = (hidden * items[targets]).sum(-1)
        shift = -sign * q[targets].log() - math.log(len(targets))
        return ((scores + shift).logsumexp(1) - own).mean()

    return run


@contract(
    "eq-log-q",
    kind="montecarlo",
    library=_in_batch(1),
    perturb={"not corrected": _in_batch(0), "added": _in_batch(-1)},
)
def log_q(library) -> None:
    """Scores minus log q: over many targets the batch's softmax is the full one."""
    chance = torch.Generator().manual_seed(9)
    items = torch.randn(V + 1, D, generator=chance).double()
    q = torch.tensor([0, 8, 5, 4, 3, 3, 2, 2, 1, 1]).double()
    q = q / q.sum()
    targets = torch.multinomial(q, 6000, replacement=True, generator=chance)
    hidden = torch.randn(1, D, generator=chance).double().expand(6000, -1)
    full = (hidden @ items[1:].T).logsumexp(1) - (hidden * items[targets]).sum(-1)
    assert abs(float(library(hidden, targets, items, q)) - float(full.mean())) < 0.03


def _clicks(power=None, wrong=False):
    def run():
        from seqrec_lib.data import simulate

        world = simulate("ads", users=30, seed=2)
        batch = world.click_batch
        history = (batch.items, batch.times, batch.lengths, batch.query_time)
        first = torch.ones_like(batch.candidates)
        relevance = world.click_oracle(*history, batch.candidates, first)
        place = torch.arange(1, 21).expand_as(first)
        found = world.click_oracle(*history, batch.candidates, first if wrong else place)
        return found, relevance, world.settings.examination if power is None else power

    return run


@contract(
    "eq-looked",
    kind="code",
    library=_clicks(),
    perturb={"1 / place": _clicks(power=1.0), "no place": _clicks(wrong=True)},
)
def looked(library) -> None:
    """p(click | i, k) = o_k rho_i, with o_k = k ** -examination."""
    found, relevance, power = library()
    for k in range(20):
        close(array(found)[:, k], (k + 1) ** -power * array(relevance)[:, k])


def _spoiled(share):
    def run(logits, clicks, o):
        import torch.nn.functional as F

        first, second = share(clicks, o)
        return first * F.softplus(-logits) + second * F.softplus(logits)

    return run


@contract(
    "eq-relevance-loss",
    kind="identity",
    library=relevance_loss,
    perturb={
        "times the chance": _spoiled(lambda y, o: (y * o, 1 - y * o)),
        "items without a click weighted too": _spoiled(lambda y, o: (y / o, (1 - y) / o)),
        "clicks alone weighted": _spoiled(lambda y, o: (y / o, 1 - y)),
    },
)
def loss_of_relevance(library) -> None:
    """Its mean over clicks is the log-loss of relevance, whatever the place."""
    for s, rho, o in ((0.4, 0.3, 0.5), (-1.2, 0.7, 0.1), (2.0, 0.05, 1.0)):
        score, chance = (torch.tensor(x, dtype=torch.float64) for x in (s, o))
        one, none = (float(library(score, torch.tensor(y, dtype=torch.float64), chance)) for y in (1.0, 0.0))
        p = sigmoid(np.array(s))
        wanted = -(rho * math.log(p) + (1 - rho) * math.log(1 - p))
        assert math.isclose(o * rho * one + (1 - o * rho) * none, wanted, abs_tol=1e-9)


P0 = torch.tensor([0.5, 0.3, 0.15, 0.05]).double()
P1 = torch.tensor([0.1, 0.2, 0.3, 0.4]).double()
RHO = torch.tensor([0.1, 0.5, 0.2, 0.6]).double()


def _exact_mean(weight):
    """The mean of the estimate over everything that the log could have been: one decision at a time."""

    def run():
        total = 0.0
        for i in range(4):
            for y in (0.0, 1.0):
                chance = float(P0[i] * (RHO[i] if y else 1 - RHO[i]))
                total += chance * weight(y, P1[i], P0[i])
        return total

    return run


def _one(y, wanted, logged):
    twice = (torch.tensor([float(x)] * 2) for x in (y, wanted, logged))
    return policy_value(*twice).value


@contract(
    "eq-ips",
    kind="identity",
    library=_exact_mean(_one),
    perturb={
        "not weighted": _exact_mean(lambda y, wanted, logged: y),
        "weighed by what is wanted alone": _exact_mean(lambda y, wanted, logged: float(wanted) * y),
        "turned round": _exact_mean(lambda y, wanted, logged: float(logged / wanted) * y),
    },
)
def inverse_propensity(library) -> None:
    """The mean of w y over the log is the new policy's mean reward."""
    assert math.isclose(library(), float((P1 * RHO).sum()), abs_tol=1e-6)


Y, WANTED, LOGGED = (
    torch.tensor([1.0, 0, 1, 1, 0]),
    torch.tensor([0.2, 0.4, 0.1, 0.9, 0.3]),
    torch.tensor([0.4, 0.1, 0.2, 0.3, 0.6]),
)


@contract(
    "eq-snips",
    kind="code",
    library=lambda clip: policy_value(Y, WANTED, LOGGED, clip=clip, normalise=True).value,
    perturb={
        "divided by N": lambda clip: policy_value(Y, WANTED, LOGGED, clip=clip).value,
        "not clipped": lambda clip: policy_value(Y, WANTED, LOGGED, normalise=True).value,
        "chances clipped": lambda clip: (
            policy_value(Y, WANTED, LOGGED.clamp(min=1 / clip), normalise=True).value
        ),
    },
)
def self_normalised(library) -> None:
    """sum min(w, c) y / sum min(w, c)."""
    weight = np.minimum(array(WANTED) / array(LOGGED), 2.5)
    assert math.isclose(library(2.5), (weight * array(Y)).sum() / weight.sum(), abs_tol=1e-6)
