"""One step of fitting: what the events say under one guess, and the better guess that follows.

The likelihood of an event is the intensity of its item over the sum of all possible intensities. The
logarithm of that sum is concave, so its tangent lies above it: with the tangent in its place the
best guess has a closed form, **expected count over exposure**, component by component, and the
likelihood never falls (an EM step over types and causes, and an MM step over the sum: Hunter 2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .evidence import Calls, Evidence
from .numbers import DRIFT_SPREAD, Numbers

_TINY = 1e-300
FAINT = 0.3  # a link that brings less than this share of what a usual one would is none


@dataclass(frozen=True)
class Expected:
    """Expected counts and exposures under one guess.

    Attributes:
        objective: log-likelihood of all events, plus the prior of the guess. types: ``(U, Z)``.
        popular: ``(P, V+1)``, taste: ``(P, Z, V+1)``: counts. possible: ``(P, Z, V+1)``: exposure.
        called, callable: ``(2, L, V+1)``: counts and exposures of calls by kind, lag, calling item.
        ends: ``(Z, 2)``: gaps within sessions, and between them.
    """

    objective: float
    types: Tensor
    popular: Tensor
    taste: Tensor
    possible: Tensor
    called: Tensor
    callable: Tensor
    ends: Tensor


def expect(numbers: Numbers, evidence: Evidence, hold: float) -> Expected:
    """What the events say under ``numbers``."""
    e, calls = evidence, evidence.calls
    taste, popularity, lean = numbers.taste(e.blank.category), numbers.popularity(e.years), numbers.lean(e)
    size, types = numbers.strength(), len(numbers.prior)
    lagged = torch.where(calls.kind > 0, numbers.share[calls.lag], 1.0)
    call = size[calls.kind, calls.source] * lagged * calls.factor  # (M,)

    total = torch.zeros(len(e.item), types, dtype=torch.float64)  # (N, Z)
    for number, part in e.slices():
        each = popularity[number] + taste * lean[number]  # (Z, V+1)
        total[part] = (e.possible[part] @ each.T.float()).double()
    sums = torch.zeros(2, len(e.item), dtype=torch.float64)
    sums[0].index_add_(0, calls.event, call)
    sums[1].index_add_(0, calls.event, call * calls.own)
    total += sums[0][:, None]
    popular = popularity[e.period, e.item]  # (N,)
    liked = (taste[:, e.item] * lean[e.period, e.item]).T  # (N, Z)
    whole = (liked + (popular + sums[1])[:, None]).clamp(min=_TINY)
    ends = e.gaps[:, :1] * (1 - numbers.session_end), e.gaps[:, 1:] * numbers.session_end  # (N, Z) each
    each = whole.log() - total.log() + (ends[0] + ends[1]).clamp(min=_TINY).log()
    by_user = numbers.prior.log().repeat(e.users, 1).index_add_(0, e.user, each)
    posterior = by_user.softmax(1)  # (U, Z)

    weight = posterior[e.user]  # (N, Z)
    exposed = weight / total
    possible = torch.zeros(len(e.years), types, taste.shape[1], dtype=torch.float64)
    for number, part in e.slices():
        possible[number] = (exposed[part].T.float() @ e.possible[part]).double()
    credit = weight / whole
    at = e.period * taste.shape[1] + e.item
    width = len(e.years) * taste.shape[1]
    popular_count = torch.bincount(at, popular * credit.sum(1), minlength=width).reshape(len(e.years), -1)
    taste_count = torch.stack(
        [torch.bincount(at, column, minlength=width) for column in (liked * credit).T], 1
    )
    taste_count = taste_count.reshape(len(e.years), -1, types).transpose(1, 2)
    lags = len(numbers.share)
    place = (calls.kind * lags + calls.lag) * taste.shape[1] + calls.source
    shape = (2, lags, taste.shape[1])
    bin_of = {"minlength": 2 * lags * taste.shape[1]}
    called = torch.bincount(place, call * calls.own * credit.sum(1)[calls.event], **bin_of).reshape(shape)
    exposure = torch.bincount(place, calls.factor * exposed.sum(1)[calls.event], **bin_of).reshape(shape)
    told = e.gaps[:, :1] != e.gaps[:, 1:]
    gap = torch.stack(
        [(weight * end / (ends[0] + ends[1]).clamp(min=_TINY) * told).sum(0) for end in ends], 1
    )
    objective = float(by_user.logsumexp(1).sum()) + log_prior(numbers, evidence, hold)
    return Expected(objective, posterior, popular_count, taste_count, possible, called, exposure, gap)


def log_prior(numbers: Numbers, evidence: Evidence, hold: float) -> float:
    """Gamma priors of mean near 1 on what is special, a normal one on drift, up to constants."""
    special, apart = numbers.special[:, 1:], numbers.apart
    held = (special.log() - special).sum() + (apart.log() - apart).sum()
    return float(hold * held + numbers.prior.log().sum() - (numbers.drift**2).sum() / (2 * DRIFT_SPREAD**2))


def improve(numbers: Numbers, found: Expected, evidence: Evidence, hold: float) -> Numbers:
    """The guess that ``found`` leads to: each number in turn the best one, given those before it."""
    category = evidence.blank.category
    lean = numbers.lean(evidence)
    count = found.taste.sum(0)  # (Z, V+1)
    exposed = (found.possible * lean[:, None]).sum(0)
    near = numbers.like[:, category] * numbers.own
    special = (count + hold) / (exposed * near + hold)
    own = count.sum(0) / (exposed * special * numbers.like[:, category]).sum(0).clamp(min=_TINY)
    own[0] = 0.0

    def by_category(values: Tensor) -> Tensor:  # (Z, V+1) to (Z, C)
        shape = len(values), numbers.like.shape[1]
        return torch.zeros(shape, dtype=torch.float64).index_add_(1, category[1:], values[:, 1:])

    like = by_category(count) / by_category(exposed * special * own).clamp(min=_TINY)
    taste = like[:, category] * own * special
    free = evidence.free
    weekend = numbers.weekend
    if bool(free.any()):
        up, down = (
            by_category(t).sum(0) for t in (found.taste[free].sum(0), found.possible[free].sum(0) * taste)
        )
        weekend = up / down.clamp(min=_TINY)

    share = numbers.share
    lagged = torch.stack([torch.ones_like(share), share])[..., None]  # (2, L, 1)
    called, callable = found.called.sum(1), (found.callable * lagged).sum(1)  # (2, V+1)
    apart = (called + hold) / (callable * numbers.mean[:, None] + hold)
    mean = called.sum(1) / (callable * apart).sum(1).clamp(min=_TINY)
    if len(share) > 1:
        share = found.called[1].sum(1) / (found.callable[1] * mean[1] * apart[1]).sum(1).clamp(min=_TINY)
    popular, drift = _popularity(numbers, found, evidence)
    prior = (found.types.sum(0) + 1) / (len(found.types) + len(numbers.prior))
    ends = (found.ends[:, 1] / found.ends.sum(1)) if bool(found.ends.any()) else numbers.session_end
    return replace(
        numbers, like=like, own=own, special=special, popular=popular, drift=drift, mean=mean, apart=apart,
        share=share, weekend=weekend, prior=prior, session_end=ends.clamp(1e-4, 1 - 1e-4),
    )  # fmt: skip


def _popularity(numbers: Numbers, found: Expected, evidence: Evidence) -> tuple[Tensor, Tensor]:
    """``popular`` and ``drift``; without drift a closed form, with it some steps of L-BFGS."""
    exposed = found.possible.sum(1)  # (P, V+1)
    if len(evidence.years.unique()) == 1:
        popular = found.popular.sum(0) / exposed.sum(0).clamp(min=_TINY)
        popular[0] = 0.0
        return popular, numbers.drift
    log_popular = numbers.popular[1:].clamp(min=1e-9).log().requires_grad_()
    drift = numbers.drift[1:].clone().requires_grad_()
    steps = torch.optim.LBFGS([log_popular, drift], max_iter=8, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        steps.zero_grad()
        moved = (log_popular + drift * evidence.years[:, None]).log_softmax(1) + log_popular.logsumexp(0)
        gain = (found.popular[:, 1:] * moved - exposed[:, 1:] * moved.exp()).sum()
        cost = (drift**2).sum() / (2 * DRIFT_SPREAD**2) - gain
        cost.backward()
        return cost

    steps.step(loss)
    padding = torch.zeros(1, dtype=torch.float64)
    return torch.cat([padding, log_popular.detach().exp()]), torch.cat([padding, drift.detach()])


def without_faint_links(evidence: Evidence, numbers: Numbers, found: Expected) -> Evidence:
    """``evidence`` without the links that bring far less than a link of their kind: chance had made them."""
    share = torch.stack([torch.ones_like(numbers.share), numbers.share])[..., None]
    usual = (found.callable * share).sum(1) * numbers.mean[:, None]
    real = found.called.sum(1) >= FAINT * usual  # (2, V+1)
    calls, blank = evidence.calls, evidence.blank
    keep = real[calls.kind, calls.source]
    kept = Calls(**{name: values[keep] for name, values in vars(calls).items()})
    follows, waits = real
    known = replace(
        blank,
        successor=blank.successor * follows,
        called=blank.called * waits,
        succession=blank.succession * follows,
        trigger=blank.trigger * waits,
    )
    return replace(evidence, calls=kept, blank=known)
