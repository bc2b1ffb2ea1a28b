"""The one way to ask a model without training it: dropout off, no gradients, its mode given back.

Sizes: ``N`` cases, ``B`` cases a batch, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..data.batch import Batch, Cases
from ..messages import InputError
from ..models.recommender import Recommender, catalogue_size, place_model
from .metrics import check_scores

Found = TypeVar("Found")
CELLS = 2**23  # scores at once: a batch that is as large as the catalogue lets it be, and not larger


def rows_at_once(n_items: int | None, most: int = 256) -> int:
    """How many rows are scored at once, ``most`` or fewer: their scores have at most ``CELLS`` cells."""
    return most if n_items is None else max(1, min(most, CELLS // (n_items + 1)))


@contextmanager
def asked(model: object) -> Iterator[None]:
    """Inside the block ``model`` is in evaluation mode and no gradient is kept.

    Afterwards each of its parts is in the mode that it had, after an exception too.
    """
    parts = list(model.modules()) if isinstance(model, nn.Module) else []
    modes = [part.training for part in parts]
    try:
        for part in parts:
            part.training = False
        with torch.no_grad():
            yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode


def ask(
    model: Recommender,
    cases: Cases,
    look: Callable[[Cases, Tensor], Found],
    batch_size: int | None = None,
    device: torch.device | str | None = None,
    n_items: int | None = None,
    progress: bool = False,
) -> tuple[list[Found], Tensor]:
    """Score every case and let ``look`` see each batch; rows of like length stand together.

    Args:
        look: ``look(part, scores)`` with ``scores`` ``(B, V+1)``, both on the device.
        batch_size: cases at once; None: :func:`rows_at_once`.
        device: where to run; a model moves there and stays. None: where the model is.
        n_items: ``V``, where the model does not say.

    Returns:
        What ``look`` gave, batch by batch, and ``(N,)`` the places: row n of all batches together is case
        ``places[n]``.

    Raises:
        InputError: a score is NaN (the message names the row), or a history holds what is no item.
    """
    device = place_model(model, device)
    size = catalogue_size(model)
    size = n_items if size is None else size
    check_items(cases.batch, size)
    batch_size = rows_at_once(size) if batch_size is None else batch_size
    places = cases.batch.lengths.argsort(stable=True)  # little padding, and no two batches mix long and short
    found: list[Found] = []
    first = 0
    with asked(model):
        parts = cases.rows(places).batches(batch_size)
        for part in _shown(parts, -(-len(cases) // batch_size), progress):
            part = part.to(device)
            scores = model.score(part.batch)  # (B, V+1)
            check_scores(scores, places[first:])
            found.append(look(part, scores))
            first += len(part)
    return found, places.cpu()


def in_order(parts: list[Tensor], places: Tensor, dim: int = 0) -> Tensor:
    """The parts that :func:`ask` collected, joined along ``dim``, case by case as they were asked for."""
    joined = torch.cat([part.cpu() for part in parts], dim=dim)
    return torch.empty_like(joined).index_copy_(dim, places, joined)


def users_of(cases: Cases) -> Tensor:
    """``(N,)`` int64 on the CPU: whose case each one is; numbered where the batch does not say."""
    return torch.arange(len(cases)) if cases.batch.users is None else cases.batch.users.cpu()


def check_items(batch: Batch, n_items: int | None) -> None:
    """Raise InputError when a real step of ``batch`` holds an item outside 1 to ``n_items``."""
    top = batch.items.max() if n_items is None else n_items
    outside = ((batch.items < 1) | (batch.items > top)) & batch.mask()
    if outside.any():
        row, step = outside.nonzero()[0].tolist()
        item = int(batch.items[row, step])
        what = "is padding" if item == 0 else f"is not in the catalogue, which has 1 to {n_items}"
        raise InputError(f"item {item} at step {step} of row {row} {what}: map the ids as in training")


def _shown(parts: Iterator[Cases], total: int, progress: bool) -> Iterator[Cases]:
    if not progress:
        return parts
    from tqdm import tqdm

    return iter(tqdm(parts, total=total, desc="evaluate", leave=False, disable=None))
