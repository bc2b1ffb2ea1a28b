"""Contracts of chapter 6: sets, targets, both directions, two levels, distances.

The transcriptions are loops over NumPy numbers in double precision; they share small functions with the
other contracts and none with the library.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module, numbers, sigmoid, softmax
from contracts_sasrec import linear
from equation_contracts import contract

from seqrec_lib.attention import (
    RelativeAttention,
    SelfAttention,
    TargetAttention,
    alibi_bias,
    bi_attention,
    bucket,
    causal_mask,
    pair_features,
    pool,
    rotate,
    session_shares,
    similarity,
    two_level,
)

B, T, C, D = 2, 5, 3, 4
STATES, SLATE, W = numbers(61, B, T, D), numbers(62, B, C, D), numbers(63, 3 * D)
LENGTHS = torch.tensor([5, 3])
REAL = torch.arange(T) < LENGTHS[:, None]
ORDER = torch.tensor([3, 0, 4, 1, 2])


def _without_order(mask=None, places=None):
    def run(x):
        layer = module(lambda: SelfAttention(D, 2, project_values=True))
        allowed = torch.ones(1, T, T, dtype=torch.bool) if mask is None else mask
        return layer(x if places is None else x + places, allowed)[0]

    return run


@contract(
    "eq-equivariant",
    kind="identity",
    library=_without_order(),
    perturb={
        "the causal mask on": _without_order(mask=torch.ones(1, T, T, dtype=torch.bool).tril()),
        "places added": _without_order(places=numbers(64, T, D)),
        "a distance bias": lambda x: module(
            lambda: RelativeAttention(D, 2, "alibi")
        )(x, torch.ones(1, T, T, dtype=torch.bool))[0],
    },
)  # fmt: skip
def equivariant(library) -> None:
    """attention(H in order pi) = attention(H) in order pi, without mask and places."""
    close(array(library(STATES[:, ORDER])), array(library(STATES))[:, ORDER])


def unit(normalise=False):
    return module(lambda: TargetAttention(D, width=3, normalise=normalise))


def _pairs(change):
    """The activation unit on other features of a pair."""

    def run(made, slate, states):
        return made.outer(torch.sigmoid(made.inner(change(slate, states)))).squeeze(-1)

    return run


def _parts(q_less_k=1.0, product=True):
    def change(slate, states):
        q, k, _, both = pair_features(slate, states).chunk(4, -1)
        return torch.cat([q, k, q_less_k * (q - k), both if product else q + k], -1)

    return change


@contract(
    "eq-activation-unit",
    kind="code",
    library=lambda made, slate, states: made.scores(slate, states, LENGTHS),
    perturb={
        "k - q": _pairs(_parts(-1.0)),
        "the sum for the product": _pairs(_parts(product=False)),
        "candidate and step swapped": _pairs(lambda slate, states: torch.cat(
            [pair_features(slate, states).chunk(4, -1)[n] for n in (1, 0, 2, 3)], -1)),
        "ReLU for the sigmoid": lambda made, slate, states: made.outer(
            made.inner(pair_features(slate, states)).relu()).squeeze(-1),
        "no bias": lambda made, slate, states: made.scores(slate, states, LENGTHS) - made.outer.bias,
    },
)  # fmt: skip
def activation_unit(library) -> None:
    """a_cj = w2 . sigmoid(W1 [u; h; u - h; u * h] + b1) + b2."""
    made = unit()
    found = array(library(made, SLATE, STATES))
    for b in range(B):
        for c in range(C):
            for j in range(T):
                u, h = array(SLATE[b, c]), array(STATES[b, j])
                inner = sigmoid(linear(made.inner, np.concatenate([u, h, u - h, u * h])))
                close(found[b, c, j], linear(made.outer, inner)[0])


def _pooled(change):
    def run(made):
        return change(made.scores(SLATE, STATES, LENGTHS))

    return run


def target_by_hand(made, weigh):
    scores = array(made.scores(SLATE, STATES, LENGTHS))
    out = np.zeros((B, C, D))
    for b in range(B):
        for c in range(C):
            weights = weigh(list(scores[b, c, : int(LENGTHS[b])]))
            for j, weight in enumerate(weights):
                out[b, c] += weight * array(STATES[b, j])
    return out


@contract(
    "eq-target-sum",
    kind="code",
    library=lambda made: made(SLATE, STATES, LENGTHS)[0],
    perturb={
        "softmax": _pooled(lambda s: pool(s, STATES, REAL, normalise=True)[0]),
        "padding counted": _pooled(lambda s: pool(s, STATES)[0]),
        "a mean": _pooled(lambda s: pool(s, STATES, REAL)[0] / LENGTHS[:, None, None]),
        "negative weights cut": _pooled(lambda s: pool(s.relu(), STATES, REAL)[0]),
    },
)
def target_sum(library) -> None:
    """h~_c = sum over the real steps of a_cj h_j; the scores are the weights."""
    made = unit()
    with torch.no_grad():
        made.outer.weight *= -3  # so that some weights are negative
    close(array(library(made)), target_by_hand(made, lambda scores: scores))


@contract(
    "eq-target-softmax",
    kind="code",
    library=lambda made: made(SLATE, STATES, LENGTHS)[0],
    perturb={
        "no root of D": _pooled(lambda s: pool(s * D**0.5, STATES, REAL, True)[0]),
        "divided by D": _pooled(lambda s: pool(s / D**0.5, STATES, REAL, True)[0]),
        "padding counted": _pooled(lambda s: pool(s, STATES, None, True)[0]),
        "no softmax": _pooled(lambda s: pool(s, STATES, REAL)[0]),
        "over candidates": _pooled(lambda s: pool(s.softmax(1), STATES, REAL)[0]),
    },
)
def target_softmax(library) -> None:
    """As the authors' code has it: softmax over the real steps of the scores by the root of D."""
    made = unit(normalise=True)
    close(array(library(made)), target_by_hand(made, softmax))  # the unit's scores are divided already
    plain = unit()
    plain.load_state_dict(made.state_dict(), strict=False)  # it has one weight more: a bias
    close(array(made.scores(SLATE, STATES, LENGTHS)) * math.sqrt(D),
          array(plain.scores(SLATE, STATES, LENGTHS) - plain.outer.bias))  # fmt: skip


def _three(change):
    return lambda states, slate, w: similarity(states, slate, change(*w.chunk(3)))


@contract(
    "eq-similarity",
    kind="code",
    library=similarity,
    perturb={
        "h and u swapped": _three(lambda h, u, both: torch.cat([u, h, both])),
        "no product": _three(lambda h, u, both: torch.cat([h, u, 0 * both])),
        "no part of u": _three(lambda h, u, both: torch.cat([h, 0 * u, both])),
        "divided by the root of D": lambda states, slate, w: similarity(states, slate, w) / D**0.5,
    },
)
def similarity_table(library) -> None:
    """S_tc = w . [h_t; u_c; h_t * u_c]."""
    close(array(library(STATES, SLATE, W)), table_by_hand())


def table_by_hand():
    found = np.zeros((B, T, C))
    for b in range(B):
        for t in range(T):
            for c in range(C):
                h, u = array(STATES[b, t]), array(SLATE[b, c])
                found[b, t, c] = array(W) @ np.concatenate([h, u, h * u])
    return found


def _mixed(part):
    return lambda: bi_attention(STATES, SLATE, W, REAL).mixed.chunk(4, -1)[part]


def _scores():
    return similarity(STATES, SLATE, W)


@contract(
    "eq-to-slate",
    kind="code",
    library=_mixed(1),
    perturb={
        "softmax over steps": lambda: _scores().softmax(1) @ SLATE,
        "no softmax": lambda: _scores() @ SLATE,
        "the best candidate alone": lambda: SLATE.gather(1, _scores().argmax(2)[..., None].expand(-1, -1, D)),
    },
)
def to_slate(library) -> None:
    """u~_t = sum over c of softmax_c(S_tc) u_c."""
    found, scores = array(library()), table_by_hand()
    for b in range(B):
        for t in range(T):
            close(found[b, t], sum(w * array(SLATE[b, c]) for c, w in enumerate(softmax(scores[b, t]))))


def _met(best):
    return lambda: best(_scores()).softmax(1)[:, None] @ STATES


def _masked(best):
    return best.masked_fill(~REAL, -math.inf)


@contract(
    "eq-to-history",
    kind="code",
    library=lambda: bi_attention(STATES, SLATE, W, REAL).to_history @ STATES,
    perturb={
        "padding may win": _met(lambda s: s.amax(2)),
        "the mean over candidates": _met(lambda s: _masked(s.mean(2))),
        "the smallest": _met(lambda s: _masked(s.amin(2))),
        "the first softmax again": _met(lambda s: _masked(s.softmax(2).amax(2))),
        "padding scores 0": _met(lambda s: s.amax(2) * REAL),
        "a sum for each step": lambda: (bi_attention(STATES, SLATE, W, REAL).to_history @ STATES) * STATES,
    },
)
def to_history(library) -> None:
    """h~ = sum over the real steps of b_t h_t, b = softmax over t of the largest S_tc."""
    found, scores = array(library()), table_by_hand()
    assert found.shape == (B, 1, D), "one sum for the whole history"
    for b in range(B):
        n = int(LENGTHS[b])
        weights = softmax([max(scores[b, t]) for t in range(n)])
        close(found[b, 0], sum(weights[t] * array(STATES[b, t]) for t in range(n)))


def _put(change):
    def run():
        found = bi_attention(STATES, SLATE, W, REAL)
        h, u, hu, hh = found.mixed.chunk(4, -1)
        met = (found.to_history @ STATES).expand_as(h)
        return torch.cat(change(h, u, hu, hh, met), -1)

    return run


@contract(
    "eq-bi-mixed",
    kind="code",
    library=lambda: bi_attention(STATES, SLATE, W, REAL).mixed,
    perturb={
        "h~ itself": _put(lambda h, u, hu, hh, met: (h, u, hu, met)),
        "u~ with h~": _put(lambda h, u, hu, hh, met: (h, u, hu, u * met)),
        "another order": _put(lambda h, u, hu, hh, met: (h, u, hh, hu)),
        "a sum for a product": _put(lambda h, u, hu, hh, met: (h, u, h + u, hh)),
    },
)
def bi_mixed(library) -> None:
    """g_t = [h; u~; h * u~; h * h~]."""
    found, scores = array(library()), table_by_hand()
    for b in range(B):
        n = int(LENGTHS[b])
        met_weights = softmax([max(scores[b, t]) for t in range(n)])
        met = sum(met_weights[t] * array(STATES[b, t]) for t in range(n))
        for t in range(T):
            h = array(STATES[b, t])
            u = sum(w * array(SLATE[b, c]) for c, w in enumerate(softmax(scores[b, t])))
            close(found[b, t], np.concatenate([h, u, h * u, h * met]))


SESSION = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 1, 2, 2]])
ALLOWED = causal_mask(LENGTHS, T)
SCORES, VOTES = numbers(65, B, T, T), numbers(66, B, T, T)


def shares_by_hand():
    found = np.zeros((B, T, T))
    for b in range(B):
        for t in range(T):
            for j in range(T):
                mine = [i for i in range(T) if bool(ALLOWED[b, t, i]) and SESSION[b, i] == SESSION[b, j]]
                if j in mine:
                    odds = {i: math.exp(float(SCORES[b, t, i])) for i in mine}
                    found[b, t, j] = odds[j] / sum(odds.values())
    return found


@contract(
    "eq-session-share",
    kind="code",
    library=session_shares,
    perturb={
        "one softmax for all": lambda s, session, allowed: session_shares(s, 0 * session, allowed),
        "later items of the session": lambda s, session, allowed: session_shares(
            s, session, torch.ones_like(allowed)),
        "the step itself hidden": lambda s, session, allowed: session_shares(
            s, session, allowed & ~torch.eye(T, dtype=torch.bool)),
        "scores turned": lambda s, session, allowed: session_shares(s.transpose(1, 2), session, allowed),
    },
)  # fmt: skip
def session_share(library) -> None:
    """alpha_tj = exp f_tj over the sum of exp f_tl, l <= t in j's session."""
    close(array(library(SCORES, SESSION, ALLOWED)), shares_by_hand())


def _levels(shares=None, votes=VOTES, session=SESSION, part="weights"):
    def run():
        within = session_shares(SCORES, session, ALLOWED) if shares is None else shares
        return getattr(two_level(within, votes, STATES, session, ALLOWED), part)

    return run


@contract(
    "eq-item-weight",
    kind="code",
    library=_levels(),
    perturb={
        "the share within alone": _levels(part="within"),
        "the session's share alone": _levels(part="across"),
        "all sessions alike": _levels(votes=0 * VOTES),
        "sessions one step early": _levels(session=torch.tensor([[0, 1, 1, 2, 2], [0, 0, 1, 2, 2]])),
        "votes turned": _levels(votes=VOTES.transpose(1, 2)),
    },
)
def item_weight(library) -> None:
    """w_tj = the share of j's session among the sessions that t sees, times j's share in it."""
    found, within = array(library()), shares_by_hand()
    for b in range(B):
        for t in range(int(LENGTHS[b])):
            ends = {int(SESSION[b, j]): j for j in range(t + 1)}  # the last visible step of each session
            share = dict(zip(ends, softmax([float(VOTES[b, t, j]) for j in ends.values()]), strict=True))
            for j in range(T):
                close(found[b, t, j], within[b, t, j] * share[int(SESSION[b, j])] if j <= t else 0.0)


@contract(
    "eq-bucket",
    kind="code",
    library=bucket,
    perturb={
        "base 2": lambda away: bucket(away, far=16),
        "rounded": lambda away: torch.where(away < 8, away, (8 + (away.clamp(min=8) / 8.0).log()
                                            / math.log(16) * 16).round().long().clamp(max=23)),
        "never capped": lambda away: bucket(away, buckets=24, far=128) + (away > 127) * 1,
        "fewer near by": lambda away: bucket(away, exact=7),
    },
)  # fmt: skip
def buckets(library) -> None:
    """The distance itself below 8; then 8 + floor(16 log(distance / 8) / log 16), at most 23."""
    found = library(torch.arange(400)).tolist()
    for away in range(400):
        wide = 8 if away < 8 else 8 + math.floor(16 * math.log(away / 8) / math.log(128 / 8) + 1e-12)
        assert found[away] == (away if away < 8 else min(23, wide)), away


@contract(
    "eq-alibi",
    kind="code",
    library=alibi_bias,
    perturb={
        "slopes from head 0": lambda h, t: alibi_bias(h, t) * 2 ** (8 / h),
        "a reward": lambda h, t: -alibi_bias(h, t),
        "all heads alike": lambda h, t: alibi_bias(h, t)[:1].expand(h, t, t),
        "turned": lambda h, t: alibi_bias(h, t).transpose(1, 2),
    },
)
def alibi(library) -> None:
    """Head h of H adds -2^(-8h/H) times the distance."""
    found = array(library(4, T))
    for h in range(4):
        for t in range(T):
            for j in range(t + 1):
                close(found[h, t, j], -(2.0 ** (-8 * (h + 1) / 4)) * (t - j))


def _at(turn):
    """A vector turned as if it stood at step t: ``turn`` ``(T, d)``."""
    return lambda x, t: turn(x.expand(t + 1, -1))[t]


def _angles_by_pairs(x):
    """Angles that do not slow down from pair to pair."""
    return rotate(x, base=1.0)


@contract(
    "eq-rope",
    kind="identity",
    library=_at(rotate),
    perturb={
        "places added": _at(lambda x: x + numbers(67, 20, 6)[: len(x)]),
        "turned by the square of the step": lambda x, t: rotate(x.expand(t * t + 1, -1))[t * t],
        "every pair at one pace": _at(_angles_by_pairs),
        "half of the pairs left": lambda x, t: torch.cat([rotate(x.expand(t + 1, -1))[t, :3], x[3:]]),
    },
)
def rope(library) -> None:
    """(R_t q) . (R_j k) = q . R_{j-t} k, and pair i turns by t / 10000^(2i/d)."""
    q, k = numbers(68, 6), numbers(69, 6)
    for t, j in ((0, 0), (3, 1), (1, 4), (7, 2)):
        angles = [(j - t) / 10_000 ** (2 * i / 6) for i in range(3)]
        turned = np.zeros(6)
        for i, angle in enumerate(angles):
            a, b = float(k[i]), float(k[i + 3])
            turned[i] = a * math.cos(angle) - b * math.sin(angle)
            turned[i + 3] = a * math.sin(angle) + b * math.cos(angle)
        close(float(library(q, t) @ library(k, j)), float(array(q) @ turned))
