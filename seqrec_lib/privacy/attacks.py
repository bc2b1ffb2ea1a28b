"""Who was in the training data? What an attacker can tell from the losses of a model alone.

A score is higher for users who look like members. Sizes: ``U`` users, ``T`` steps, ``S`` shadow models.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..messages import InputError
from ..models.recommender import NextItem


def user_losses(model: NextItem, batch: Batch, rows: int = 128) -> Tensor:
    """``(U,)`` float64: each user's mean of -log softmax(scores)[target], in nats, without dropout.

    Args:
        batch: with targets, such as ``split.train``. rows: how many users are asked at once.
    """
    found = []
    with asked(model):
        table = model.item_matrix()[1:]  # (V, D)
        for first in range(0, len(batch), rows):
            part = batch.rows(slice(first, first + rows)).trim()
            assert part.targets is not None  # training rows have them
            scores = (model.hidden(part) @ table.T).flatten(0, 1)  # (B T, V)
            each = F.cross_entropy(scores, part.targets.flatten() - 1, ignore_index=-1, reduction="none")
            real = part.targets > 0
            found.append(each.view_as(real).double().sum(1) / real.sum(1))
    return torch.cat(found).cpu()


def calibrated(losses: Tensor, surprise: Tensor) -> Tensor:
    """``(U,)``: how much less the model is surprised than somebody who cannot have seen the user.

    Args:
        surprise: ``(U,)``, the loss of a reference on the same targets (Watson et al. 2022): the mean of
            models trained on others, or in a simulated world the oracle, which knows the process itself.
    """
    return surprise - losses


def likelihood_ratio(losses: Tensor, shadow: Tensor, members: Tensor, least: int = 2) -> Tensor:
    """``(U,)``: LiRA (Carlini et al. 2022, section 5): log density of a loss, had the user been in or out.

    Both densities are normal, with each user's own two means over the shadow models. The spreads are shared
    by all users, which is what that paper advises where there are few shadow models.

    Args:
        losses: ``(U,)`` of the model under attack. shadow: ``(S, U)`` of the shadow models.
        members: ``(S, U)`` bool, who was in the training data of which.

    Raises:
        InputError: a user who was in fewer than ``least`` shadow models, or out of fewer.
    """
    if min(int(members.sum(0).min()), int((~members).sum(0).min())) < least:
        raise InputError(
            f"a user is in, or out of, fewer than {least} of {len(shadow)} shadow models: train more"
        )
    score = torch.zeros_like(losses)
    for inside, sign in ((members, 1.0), (~members, -1.0)):
        count = inside.sum(0)  # (U,)
        mean = (shadow * inside).sum(0) / count
        squares = ((shadow - mean).square() * inside).sum()
        variance = squares / (count - 1).sum()  # of all users together
        score += sign * (-0.5 * (losses - mean).square() / variance - 0.5 * variance.log())
    return score


def auc(scores: Tensor, members: Tensor) -> float:
    """Chance that a member has a higher score than a non-member; a tie counts one half."""
    order = np.asarray(scores, dtype=float)
    inside = np.asarray(members, dtype=bool)
    values, place = np.unique(order, return_inverse=True)
    count = np.bincount(place, minlength=len(values))
    rank = (np.cumsum(count) - (count - 1) / 2)[place]  # from 1, ties in the middle
    n, m = int(inside.sum()), int((~inside).sum())
    return float((rank[inside].sum() - n * (n + 1) / 2) / (n * m))


def true_positives_at(scores: Tensor, members: Tensor, false: float = 0.01) -> float:
    """Share of the members whose score lies above that of all but a share ``false`` of the non-members.

    Raises:
        InputError: fewer non-members than 1 / ``false``, so that no threshold has that share.
    """
    outside = np.sort(np.asarray(scores[~members], dtype=float))[::-1]
    allowed = int(np.floor(false * len(outside) + 1e-9))
    if allowed < 1:
        raise InputError(
            f"{len(outside)} non-members cannot show a rate of {false:g}: that takes at least {1 / false:.0f}"
        )
    return float((np.asarray(scores[members], dtype=float) > outside[allowed]).mean())
