"""Matrix factorisation with BPR (Rendle et al. 2009): a vector for each user, one for each item.

Sizes: ``B`` batch, ``T`` steps, ``S`` steps that are read, ``D`` factors, ``U`` users, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..attention.functions import causal_mask
from ..data.batch import Batch
from ..heads import dot_scores
from ..messages import InputError
from .recipe import Recipe
from .recommender import Model
from .settings import Settings

ROUNDS = 8  # of the solution for an unknown user; more change its scores by less than 1 in 1,000


@dataclass(frozen=True)
class BPRMFSettings(Settings):
    """Settings of :class:`BPRMF`.

    Attributes:
        n_users: U; the data say it. ridge: how strongly the vector of a user who is not in the table is held
            to the table's mean.
    """

    n_users: int = 1
    ridge: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ridge > 0:
            raise InputError(f"ridge is {self.ridge}: it must be above 0")

    def build(self) -> BPRMF:
        return BPRMF(self)


class BPRMF(Model):
    """Item i scores p_u . q_i for user u. No place of a history is read: its order means nothing.

    ``batch.users`` names the rows of the table of users. A batch without them asks for people who are not in
    it: each gets the vector that explains the history best while the items stay as they are (:meth:`solve`).
    The paper has no such step; without it there is no answer to a new user. As in the paper there are no
    biases. Other than there, negatives are uniform over all items but the target, not over those that the
    user has not met, and decay is AdamW's.
    """

    settings: BPRMFSettings
    by_number: bool = True  # False: the batches are of another log, whose row numbers are other people's

    def __init__(self, settings: BPRMFSettings) -> None:
        super().__init__(settings)
        s = settings
        self.users = nn.Embedding(s.n_users, s.dim)
        self.items = nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, std=0.1 * s.dim**-0.5)
        with torch.no_grad():
            self.items.weight[0] = 0.0
        self.dropout = nn.Dropout(s.dropout)

    def hidden(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the user's vector at each step; of an unknown user, from the steps up to it."""
        self.check_batch(batch)
        steps = batch.items.shape[1]
        if (known := self._known(batch)) is not None:
            return self.dropout(known)[:, None].expand(-1, steps, -1)
        return self.dropout(self.solve(batch, causal_mask(batch.lengths, steps)))

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``: one vector an item; row 0 is padding and is never scored."""
        return self.items.weight

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)``, column 0 -inf, or ``(B, C)``."""
        self.check_batch(batch)
        vectors = self._known(batch)
        if vectors is None:
            vectors = self.solve(batch, batch.mask()[:, None])[:, 0]
        return dot_scores(self.dropout(vectors), self.item_matrix(), candidates)

    def _known(self, batch: Batch) -> Tensor | None:
        """``(B, D)`` from the table; None where nobody says who the users are."""
        if batch.users is None or not self.by_number:
            return None
        if int(batch.users.max()) >= self.settings.n_users:
            raise InputError(
                f"user {int(batch.users.max())} is not one of the {self.settings.n_users} of the log that "
                "bpr-mf learned: leave the batch's users out, and their vectors come from their histories"
            )
        return self.users(batch.users)

    def solve(self, batch: Batch, read: Tensor) -> Tensor:
        """``(B, R, D)``: a vector for each row of ``read`` ``(B, R, S)`` bool, from the steps that it reads.

        With d_j = q_j - mean(q) it maximises sum_j log sigmoid(p . d_j) - ridge / 2 |p - mean(p_u)|^2: the
        mean item stands for the negatives. The curvature of log sigmoid is at most 1/4, so each round solves
        a quadratic problem that lies below the true one and touches it, and never gets worse.
        """
        ridge, prior = self.settings.ridge, self.users.weight.mean(0)
        items = self.item_matrix()
        away = items[batch.items] - items[1:].mean(0)  # (B, S, D)
        read = read.to(away.dtype)  # (B, R, S)
        outer = (away[..., :, None] * away[..., None, :]).flatten(2)  # (B, S, D * D)
        curve = (read @ outer).unflatten(-1, (away.shape[-1], -1)) / 4  # (B, R, D, D)
        curve = curve + ridge * torch.eye(away.shape[-1], dtype=away.dtype, device=away.device)
        root = torch.linalg.cholesky(curve)
        found = prior.expand(*read.shape[:2], -1)
        for _ in range(ROUNDS):
            wrong = torch.sigmoid(-(found @ away.transpose(1, 2))) * read  # (B, R, S)
            slope = wrong @ away - ridge * (found - prior)  # (B, R, D)
            found = found + torch.cholesky_solve(slope[..., None], root)[..., 0]
        return found


RECIPES = {
    "bpr-mf": Recipe(
        "matrix factorisation with BPR: a vector for each user, and order means nothing",
        "Rendle et al. 2009; vectors of new users are ours",
        BPRMFSettings,
        {"dim": 64, "dropout": 0.1},
        {
            "loss": "bpr",
            "negatives": 4,
            "epochs": 30,
            "batch_size": 64,
            "lr": 1e-2,
            "weight_decay": 1e-2,
            "schedule": "cosine",
            "patience": 8,
        },
    ),
}
