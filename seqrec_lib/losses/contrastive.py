"""Contrastive self-supervision: two views of one history are to be known among the views of others.

Sizes: ``B`` rows, ``T`` steps, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.augmenting import choose_steps, correlated_items, crop, insert, reorder, substitute
from ..data.batch import Batch
from ..data.same_target import SameTarget, draw_prefixes
from ..data.splits import Split
from ..models.recommender import Contrasts
from .objectives import Generators, NextItemObjective

View = tuple[Batch, Tensor | None]  # the history and, where steps are hidden, which: (B, T) bool


def info_nce(
    first: Tensor, second: Tensor, temperature: float = 1.0, same: Tensor | None = None, cosine: bool = False
) -> Tensor:
    """Mean over all 2B views of -log(e^{s+/tau} / (e^{s+/tau} + sum over others e^{s-/tau})).

    A view's positive is the other view of its row; its negatives are both views of all other rows, as in
    SimCLR (Chen et al. 2020, equation 1) and CL4SRec (Xie et al. 2022, equation 4). Itself is none of them.

    Args:
        first, second: ``(B, D)``, two views of each row. temperature: tau, which divides.
        same: ``(B, B)`` bool: rows that mean the same and so are no negatives of each other. None: only a
            row itself.
        cosine: compare directions; False: dot products, as DuoRec's code does.
    """
    views = torch.cat([first, second])  # (2B, D)
    views = F.normalize(views, dim=1) if cosine else views
    scores = views @ views.T / temperature  # (2B, 2B)
    b = len(first)
    place = torch.arange(2 * b, device=views.device)
    positive = (place + b) % (2 * b)
    out = torch.eye(2 * b, dtype=torch.bool, device=views.device)
    if same is not None:
        out = out | same.repeat(2, 2)
    out[place, positive] = False
    return F.cross_entropy(scores.masked_fill(out, float("-inf")), positive)


class ContrastiveObjective:
    """The loss of the next item plus a weight times :func:`info_nce` of two views of each history.

    A history is a row's first t steps, with t drawn anew in each batch: so views are made of long and of
    short ones. Its *target* is the item after step t. Which views, and their settings: ``model.contrast``.

    - ``cl4srec``: each view of each row by one of crop, mask and reorder, drawn (Xie et al. 2022);
    - one operator's name: both views by it; ``dropout``: the same history twice, dropout alone differs;
    - ``same-target``: the history, and another training history with the same target (Qiu et al. 2022).

    Args:
        loss, negatives, compiled: as for :class:`NextItemObjective`.
    """

    def __init__(self, loss: Callable[..., Tensor], negatives: int = 1, compiled: bool = False) -> None:
        self.inner = NextItemObjective(loss, negatives, compiled)
        self.name = "next-item+contrast"
        self.partners: Tensor | None = None
        self.alike: SameTarget | None = None

    def prepare(self, model: Any, split: Split) -> None:
        self.inner.prepare(model, split)
        if model.contrast.views in ("insert", "substitute"):
            self.partners = correlated_items(split.train, model.n_items)
        if model.contrast.views == "same-target":
            self.alike = SameTarget(split.train, model.n_items)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        settings = model.contrast
        if not settings.weight:
            return value, count
        chance = generators["masks"]
        history, target = draw_prefixes(batch, chance)
        first, second = (self.view(model, history, target, n, chance) for n in (0, 1))
        one, two = (model.view_states(seen, gaps) for seen, gaps in (first, second))  # (B, D) each
        same = target[:, None] == target if settings.false_negatives == "remove" else None
        return value + settings.weight * info_nce(one, two, settings.tau, same, settings.cosine), count

    def view(self, model: Contrasts, history: Batch, target: Tensor, n: int, chance: torch.Generator) -> View:
        """View ``n`` (0 or 1) of each history."""
        s = model.contrast
        if s.views == "dropout" or (s.views == "same-target" and n == 0):
            return history, None
        if s.views == "same-target":
            assert self.alike is not None  # prepare has made it
            return self.alike.draw(target, chance), None
        if s.views != "cl4srec":
            return self._by(s.views, model, history, chance)
        made = [self._by(name, model, history, chance) for name in ("crop", "mask", "reorder")]
        which = torch.randint(3, (len(history),), generator=chance, device=target.device)
        row = torch.arange(len(history), device=target.device)
        items = torch.stack([each.items for each, _ in made])[which, row]
        lengths = torch.stack([each.lengths for each, _ in made])[which, row]
        gaps = made[1][1]
        assert gaps is not None  # those of mask
        return Batch(items=items, lengths=lengths), gaps & (which == 1)[:, None]

    def _by(self, name: str, model: Contrasts, history: Batch, chance: torch.Generator) -> View:
        s = model.contrast
        if name in ("crop", "crop-end"):
            return crop(history, s.keep, chance, end=name == "crop-end"), None
        if name == "mask":
            return history, choose_steps(history, s.hidden, chance)
        if name == "reorder":
            return reorder(history, s.moved, chance), None
        assert self.partners is not None  # prepare has made them
        change = insert if name == "insert" else substitute
        return change(history, s.changed, self.partners, chance), None
