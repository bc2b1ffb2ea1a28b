"""Full-ranking evaluation: every item competes, and each user's result is kept.

Sizes: ``N`` cases, ``B`` cases a batch, ``V`` items. Sampled metrics, which rank the target among
100 random items, can reverse the order of models (Krichene & Rendle 2020), so there are none here.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.batch import Batch, Cases
from .metrics import (
    allowed_items,
    check_k,
    check_scores,
    check_targets,
    check_ties,
    coverage,
    hit_rate,
    ndcg,
    rank_counts,
    reciprocal_rank,
    top_items,
)
from .scorecard import Evaluation, paired_difference

__all__ = ["Evaluation", "evaluate", "paired_difference"]

KS = (1, 5, 10, 20)


def evaluate(
    model,
    cases: Cases,
    ks: Sequence[int] = KS,
    batch_size: int = 256,
    ties: str = "expectation",
    device: torch.device | str | None = None,
    progress: bool = False,
    with_coverage: bool = True,
) -> Evaluation:
    """Rank all items for every case and measure where the target stands.

    The items of a case's own history leave the ranking unless the log has repeats; the target never
    does. The model is put into evaluation mode and back.

    Args:
        model: anything with ``score(batch) -> (B, V+1)``: a model, a baseline, an oracle.
        ks: where HR, NDCG and coverage cut the list; MRR is over the full ranking.
        ties: ``"expectation"`` (as scikit-learn's ``ndcg_score``), ``"against"`` or ``"for"`` the model.
        device: where to run; a model moves there and stays. None: where the model is.
        with_coverage: False leaves out coverage, the only metric that needs the lists themselves.

    Raises:
        ValueError: a score is NaN (the message names the row), a ``k`` is larger than the catalogue,
            an item of a history or a target is not in the catalogue, there are no cases, unknown ties.
    """
    check_ties(ties)
    if len(cases) == 0:
        raise ValueError("no cases to evaluate: no user has enough interactions")
    device = place_model(model, device)
    training = getattr(model, "training", False)
    check_items(cases.batch, catalogue_size(model))
    order = cases.batch.lengths.argsort(stable=True)  # rows of like length together: little padding
    counts, lists, first = [], [], 0
    if training:
        model.eval()
    try:
        with torch.no_grad():
            for part in _progress(cases.rows(order).batches(batch_size), len(cases), batch_size, progress):
                part = part.to(device)
                scores = model.score(part.batch)  # (B, V+1)
                n_items = scores.shape[1] - 1
                if first == 0:
                    check_targets(cases.target, n_items)
                    for k in ks:
                        check_k(k, n_items)
                check_scores(scores, order[first:])
                seen = None if part.repeats else part.seen()
                allowed = allowed_items(scores, seen, part.target)
                counts.append(torch.stack(rank_counts(scores, part.target, allowed=allowed)))
                if with_coverage and ks:
                    lists.append(top_items(scores, max(ks), allowed))
                first += len(part)
    finally:
        if training:
            model.train()
    counts = torch.cat(counts, dim=1).cpu()
    better, equal = torch.empty_like(counts).index_copy_(1, order.cpu(), counts)
    per_user, metrics = _measure(better, equal, ks, ties)
    if lists:
        shown = torch.cat(lists)
        metrics |= {f"coverage@{k}": coverage(shown[:, :k], n_items) for k in ks}
    users = torch.arange(len(cases)) if cases.batch.users is None else cases.batch.users
    kept = {"users": users.cpu().numpy(), "target": cases.target.cpu().numpy()}
    return Evaluation(
        metrics,
        per_user,
        better.numpy(),
        equal.numpy(),
        **kept,
        protocol=cases.protocol,
        n_items=n_items,
        ties=ties,
    )


def catalogue_size(model) -> int | None:
    """``V`` of a model, a baseline or an oracle, or None where it does not say."""
    size = getattr(model, "n_items", None)
    return getattr(getattr(model, "settings", None), "n_items", None) if size is None else size


def check_items(batch: Batch, n_items: int | None) -> None:
    """Raise ValueError when a real step of ``batch`` holds an item outside 1 to ``n_items``."""
    top = batch.items.max() if n_items is None else n_items
    outside = ((batch.items < 1) | (batch.items > top)) & batch.mask()
    if outside.any():
        row, step = outside.nonzero()[0].tolist()
        item = int(batch.items[row, step])
        what = "is padding" if item == 0 else f"is not in the catalogue, which has 1 to {n_items}"
        raise ValueError(f"item {item} at step {step} of row {row} {what}: map the ids as in training")


def place_model(model, device: torch.device | str | None) -> torch.device:
    """Move ``model`` to ``device`` and return it; with None, the device where the model is."""
    if device is not None:
        if isinstance(model, torch.nn.Module):
            model.to(device)
        return torch.device(device)
    parameters = model.parameters() if isinstance(model, torch.nn.Module) else iter(())
    first = next(iter(parameters), None)
    return torch.device("cpu") if first is None else first.device


def _measure(better: Tensor, equal: Tensor, ks: Sequence[int], ties: str):
    """``(per_user, metrics)``: each metric's values and their means."""
    per_user = {}
    for k in ks:
        per_user[f"HR@{k}"] = hit_rate(better, equal, k, ties).numpy()
        per_user[f"NDCG@{k}"] = ndcg(better, equal, k, ties).numpy()
    per_user["MRR"] = reciprocal_rank(better, equal, None, ties).numpy()
    return per_user, {name: float(values.mean()) for name, values in per_user.items()}


def _progress(parts, n_cases: int, batch_size: int, shown: bool):
    if not shown:
        return parts
    from tqdm import tqdm

    return tqdm(parts, total=-(-n_cases // batch_size), desc="evaluate", leave=False, disable=None)
