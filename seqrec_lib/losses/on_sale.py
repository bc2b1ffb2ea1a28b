"""A softmax among what was on sale: items that nobody could have taken are not pushed down.

Sizes: ``N`` real steps, ``D`` width, ``V`` items, ``K`` negatives that all steps share.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..messages import InputError


def softmax_on_sale(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 3000, popularity: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Cross-entropy over the target and K uniform negatives among the items that training has targets of.

    Full cross-entropy takes every item of the catalogue as a wrong answer at every step, also one that
    arrives later; where item vectors are made of what is known of items, that lesson is believed.

    Args:
        popularity: ``(V+1,)``: an item with 0 is not on sale; the objective gives it. None: all are.
        negatives: K; with as many as there are items on sale, each comes once.

    Raises:
        InputError: fewer than 1 negative, or no item is on sale.
    """
    if negatives < 1:
        raise InputError(f"{negatives} negatives: at least 1 is needed")
    v = len(item_matrix) - 1
    on_sale = torch.arange(1, v + 1) if popularity is None else popularity.cpu().nonzero()[:, 0]
    on_sale = on_sale[on_sale > 0]
    if not len(on_sale):
        raise InputError("no item is on sale: the training part has no targets")
    if negatives < len(on_sale):
        place = torch.device("cpu") if generator is None else generator.device
        drawn = torch.randperm(len(on_sale), generator=generator, device=place)[:negatives]
        on_sale = on_sale.to(place)[drawn]
    drawn = on_sale.to(targets.device)
    own = (hidden * item_matrix[targets]).sum(-1, keepdim=True)  # (N, 1)
    scores = hidden @ item_matrix[drawn].T  # (N, K)
    scores = scores.masked_fill(drawn == targets[:, None], torch.finfo(scores.dtype).min / 2)
    every = torch.cat([own, scores], 1).float() if own.dtype != torch.float64 else torch.cat([own, scores], 1)
    return F.cross_entropy(every, torch.zeros_like(targets))
