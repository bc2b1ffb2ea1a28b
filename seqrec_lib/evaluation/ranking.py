"""Full-ranking evaluation: every item competes, and each user's result is kept.

Sizes: ``N`` cases, ``B`` cases a batch, ``V`` items. Sampled metrics, which rank the target among
100 random items, can reverse the order of models (Krichene & Rendle 2020), so there are none here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Cases
from ..messages import InputError
from ..models.recommender import Recommender, SharesTable, catalogue_size
from .asking import ask, in_order, users_of
from .metrics import (
    allowed_items,
    check_k,
    check_targets,
    check_ties,
    coverage,
    hit_rate,
    ndcg,
    rank_counts,
    reciprocal_rank,
    top_items,
)
from .scorecard import Evaluation

KS = (1, 5, 10, 20)
SHARED_FROM = 5_000  # items: for fewer, all scores of a case cost less than looking for its exceptions


def cuts(n_items: int) -> tuple[int, ...]:
    """The usual k that fit the catalogue."""
    return tuple(k for k in KS if k <= n_items) or (n_items,)


def evaluate(
    model: Recommender,
    cases: Cases,
    ks: Sequence[int] | None = None,
    batch_size: int | None = None,
    ties: str = "expectation",
    device: torch.device | str | None = None,
    progress: bool = False,
    with_coverage: bool = True,
) -> Evaluation:
    """Rank all items for every case and measure where the target stands.

    The items of a case's own history leave the ranking unless the log has repeats; the target never
    does. The model is asked in evaluation mode and gets its own mode back.

    Args:
        model: anything with ``score(batch) -> (B, V+1)``: a model, a baseline, an oracle.
        ks: where HR, NDCG and coverage cut the list, None: 1, 5, 10 and 20 as far as the catalogue goes; MRR
            is over the full ranking.
        batch_size: cases at once; None: up to 256, fewer for a large catalogue, so that memory has a bound.
        ties: ``"expectation"`` (as scikit-learn's ``ndcg_score``), ``"against"`` or ``"for"`` the model.
        device: where to run; a model moves there and stays. None: where the model is.
        with_coverage: False leaves out coverage, the only metric that needs the lists themselves.

    Raises:
        InputError: a score is NaN (the message names the row), a ``k`` is larger than the catalogue,
            an item of a history or a target is not in the catalogue, there are no cases, unknown ties.
    """
    check_ties(ties)
    if len(cases) == 0:
        raise InputError("no cases to evaluate: no user has enough interactions")
    if ks is None:
        size = catalogue_size(model)
        ks = KS if size is None else cuts(size)
    longest = max(ks) if with_coverage and ks else 0
    if (
        isinstance(model, SharesTable)
        and model.n_items >= SHARED_FROM
        and batch_size is None
        and device is None
    ):
        from .shared_table import shared_ranks  # for baselines alone

        n_items = model.n_items
        for k in ks:
            check_k(k, n_items)
        better, equal, shown = shared_ranks(model, cases, longest)
    else:
        better, equal, shown, n_items = _full_ranks(model, cases, ks, longest, batch_size, device, progress)
    per_user, metrics = _measure(better, equal, ks, ties)
    if with_coverage and ks:
        metrics |= {f"coverage@{k}": coverage(shown[:, :k], n_items) for k in ks}
    return Evaluation(
        metrics,
        per_user,
        better.numpy(),
        equal.numpy(),
        users=users_of(cases).numpy(),
        target=cases.target.cpu().numpy(),
        protocol=cases.protocol,
        n_items=n_items,
        ties=ties,
    )


def _full_ranks(
    model: Recommender, cases: Cases, ks: Sequence[int], longest: int, batch_size: int | None,
    device: torch.device | str | None, progress: bool,
) -> tuple[Tensor, Tensor, Tensor, int]:  # fmt: skip
    """``(better (N,), equal (N,), lists, n_items)`` from all scores; the lists come in no order of cases."""
    n_items = 0

    def look(part: Cases, scores: Tensor) -> tuple[Tensor, Tensor]:
        nonlocal n_items
        if not n_items:  # the first batch says how many items there are
            n_items = scores.shape[1] - 1
            check_targets(cases.target, n_items)
            for k in ks:
                check_k(k, n_items)
        allowed = allowed_items(scores, None if part.repeats else part.seen(), part.target)
        counts = torch.stack(rank_counts(scores, part.target, allowed=allowed))  # (2, B)
        return counts, top_items(scores, longest, allowed) if longest else counts.new_zeros(len(part), 0)

    found, places = ask(model, cases, look, batch_size, device, progress=progress)
    better, equal = in_order([counts for counts, _ in found], places, dim=1)
    return better, equal, torch.cat([lists for _, lists in found]), n_items


def _measure(
    better: Tensor, equal: Tensor, ks: Sequence[int], ties: str
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """``(per_user, metrics)``: each metric's values and their means."""
    per_user = {}
    for k in ks:
        per_user[f"HR@{k}"] = hit_rate(better, equal, k, ties).numpy()
        per_user[f"NDCG@{k}"] = ndcg(better, equal, k, ties).numpy()
    per_user["MRR"] = reciprocal_rank(better, equal, None, ties).numpy()
    return per_user, {name: float(values.mean()) for name, values in per_user.items()}
