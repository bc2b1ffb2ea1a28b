"""The lists that users would be shown: what coverage and novelty look at, and accuracy never does."""

from __future__ import annotations

from torch import Tensor

from ..data.batch import Cases
from ..models.recommender import Recommender
from .asking import ask, in_order
from .metrics import allowed_items, top_items


def top_lists(model: Recommender, cases: Cases, k: int = 10, batch_size: int | None = None) -> Tensor:
    """``(N, k)`` int64 on the CPU: each case's ``k`` best items, best first; 0 where fewer are left.

    Items of the case's own history are left out unless the log has repeats. The target gets no favour:
    it stands in the list only where the model puts it.

    Raises:
        InputError: k is larger than the catalogue, or an item of a history is not in it.
    """

    def look(part: Cases, scores: Tensor) -> Tensor:
        return top_items(scores, k, allowed_items(scores, None if part.repeats else part.seen()))

    return in_order(*ask(model, cases, look, batch_size))
