"""One set of trained models under many protocols: what changes when only the rules change.

Sizes: ``N`` cases, ``V`` items, ``M`` figures. A model is asked once for each split; where each target
stands (:class:`Standing`) is enough to work out every other rule, without another pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..data.batch import Cases
from ..messages import InputError
from ..models.recommender import Recommender, place_model
from .asking import ask, in_order, users_of
from .metrics import TIES, allowed_items, hit_rate, ndcg, rank_counts, reciprocal_rank
from .sampling import uniform_places, weighted_places

RIVALS = ("all", "uniform", "popularity")
SEEN = ("out", "in")


@dataclass(frozen=True)
class Protocol:
    """The rules that are free once the split is made.

    Attributes:
        rivals: who the target is ranked against: ``all`` items, ``n`` distinct ones drawn uniformly,
            or ``n`` drawn with replacement by training ``popularity``.
        n: how many are drawn; not used with ``all``. seen: whether items of the user's own history are
            ``in`` the ranking or ``out`` of it. ties: ``expectation``, ``against`` or ``for``.

    Raises:
        InputError: a value that is none of these.
    """

    rivals: str = "all"
    n: int = 100
    seen: str = "out"
    ties: str = "expectation"

    def __post_init__(self) -> None:
        for value, known in ((self.rivals, RIVALS), (self.seen, SEEN), (self.ties, TIES)):
            if value not in known:
                raise InputError(f"{value!r} is none of {', '.join(known)}")
        if self.n < 1:
            raise InputError(f"n is {self.n}: draw at least 1 item")

    @property
    def name(self) -> str:
        """The part that stands behind the split's name: ``full-unseen``, ``uniform100-seen-for``."""
        rivals = "full" if self.rivals == "all" else f"{self.rivals}{self.n}"
        ties = "" if self.ties == "expectation" else f"-{self.ties}"
        return f"{rivals}-{'unseen' if self.seen == 'out' else 'seen'}{ties}"


@dataclass(frozen=True)
class Standing:
    """Where each target stands in the full ranking, each field ``(N,)``, for seen items out or in.

    Attributes:
        better, equal: items above the target, and level with it (itself included).
        rivals: items that it is ranked against.
        better_share, equal_share: the shares of a draw by popularity that fall on items above the
            target and level with it (itself not included).
    """

    better: Tensor
    equal: Tensor
    rivals: Tensor
    better_share: Tensor
    equal_share: Tensor


@dataclass(frozen=True)
class Standings:
    """A model's standing on the cases of one split. ``users``: ``(N,)``. ``seen``: by seen items."""

    users: Tensor
    seen: dict[str, Standing]

    def measure(self, protocol: Protocol, k: int = 10, with_mrr: bool = True) -> dict[str, Tensor]:
        """``{"HR@k", "NDCG@k", "MRR"}``, each ``(N,)``, under ``protocol``.

        Args:
            with_mrr: False leaves out MRR, the only one that needs the chance of every place.
        """
        s = self.seen[protocol.seen]
        if protocol.rivals == "all":
            counts = s.better, s.equal
            found = {
                f"HR@{k}": hit_rate(*counts, k, protocol.ties),
                f"NDCG@{k}": ndcg(*counts, k, protocol.ties),
            }
            return found | ({"MRR": reciprocal_rank(*counts, None, protocol.ties)} if with_mrr else {})
        n = protocol.n
        places = n + 1 if with_mrr else min(k, n + 1)
        if protocol.rivals == "uniform":
            chances = uniform_places(s.better, s.equal, s.rivals, n, places, protocol.ties)
        else:
            chances = weighted_places(s.better_share, s.equal_share, n, places, protocol.ties)
        rank = torch.arange(1, places + 1, dtype=torch.float64)
        first = (rank <= k).double()
        found = {f"HR@{k}": chances @ first, f"NDCG@{k}": chances @ (first / torch.log2(rank + 1))}
        return found | ({"MRR": chances @ (1 / rank)} if with_mrr else {})


def standings(
    model: Recommender, cases: Cases, popularity: Tensor, batch_size: int | None = None
) -> Standings:
    """Ask ``model`` once for every case and keep where each target stands.

    Args:
        model: anything with ``score(batch) -> (B, V+1)``. cases: as for ``evaluate``; whether they have
            repeats makes no difference, since seen items are counted both ways.
        popularity: ``(V+1,)`` weights of a draw by popularity, for example training counts.

    Raises:
        InputError: a score is NaN, or an item of a history is not in the catalogue.
    """
    weights = popularity.double().to(place_model(model, None))

    def look(part: Cases, scores: Tensor) -> dict[str, Tensor]:
        taken = {"out": part.seen(), "in": None}
        return {seen: _stand(scores, part.target, taken[seen], weights) for seen in SEEN}

    found, places = ask(model, cases, look, batch_size, n_items=len(popularity) - 1)
    kept = {seen: Standing(*in_order([one[seen] for one in found], places, dim=1)) for seen in SEEN}
    whole = ("better", "equal", "rivals")
    kept = {seen: replace(s, **{name: getattr(s, name).long() for name in whole}) for seen, s in kept.items()}
    return Standings(users_of(cases), kept)


def _stand(scores: Tensor, target: Tensor, seen: tuple[Tensor, Tensor] | None, weights: Tensor) -> Tensor:
    """``(5, B)`` float64: the fields of a :class:`Standing`."""
    allowed = allowed_items(scores, seen, target)
    better, equal = rank_counts(scores, target, allowed=allowed)
    allowed[torch.arange(len(target), device=scores.device), target] = False
    own = scores.gather(1, target[:, None])  # (B, 1)
    mass = allowed * weights  # (B, V+1)
    total = mass.sum(1).clamp(min=1e-300)
    above, level = (mass * (scores > own)).sum(1) / total, (mass * (scores == own)).sum(1) / total
    counts = (better, equal, allowed.sum(1))
    return torch.stack([*(count.double() for count in counts), above, level]).cpu()
