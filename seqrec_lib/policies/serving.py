"""A model as a policy: what it shows to somebody with this history. Sizes: ``B`` histories, ``V`` items."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.worlds.session_play import Chooser
from ..messages import InputError
from ..models.recommender import Recommender


def chooses(model: Recommender, greedy: bool = True, temperature: float = 1.0) -> Chooser:
    """A function from histories to probabilities ``(B, V+1)``: the best item, or a draw from the softmax.

    Args:
        greedy: show the item with the highest score. False: draw it from softmax(score / temperature).

    Raises:
        InputError: a temperature that is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"temperature is {temperature}: it must be above 0; greedy is the limit at 0")
    if isinstance(model, torch.nn.Module):
        model.eval()

    def policy(batch: Batch) -> Tensor:
        with torch.no_grad():
            scores = model.score(batch).double()
        if greedy:
            return torch.nn.functional.one_hot(scores.argmax(1), scores.shape[1]).double()
        return (scores / temperature).softmax(1)

    return policy


def likes(model: Recommender, batch: Batch, k: int) -> Tensor:
    """``(B, k)``: the items with the highest scores, best first: the list that a service would show."""
    with torch.no_grad():
        return model.score(batch).topk(k, 1).indices
