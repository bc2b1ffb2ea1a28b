"""AUGRU (Zhou et al. 2019): a GRU whose every step is opened or shut by attention.

Sizes: ``B`` histories, ``C`` candidates, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..messages import InputError, unknown
from .written_out import Weights

GATES = ("paper", "code")


def augru_step(v: Tensor, h: Tensor, attention: Tensor, weights: Weights, gate: str = "paper") -> Tensor:
    """One step of a GRU in which ``attention`` moves the update gate.

    Here as in PyTorch u is the share of the state that is *kept*, so 1 - u is the share that is renewed.

    Args:
        v: ``(..., D)``, what comes in. h: ``(..., D)``, the state before. attention: ``(...)``, 0 to 1.
        weights: of a GRU. gate: ``paper``: the share that is renewed is multiplied by the attention, so 0
            freezes the state and 1 is a step of a GRU. ``code``: as in the authors' program, the share that
            is *kept* is multiplied by one minus the attention, so 0 is a step of a GRU, and 1 forgets
            the state.

    Returns:
        ``(..., D)``, the state after.
    """
    return _step(v @ weights.w.T + weights.b_ih, h, attention, weights, gate)


def _step(given: Tensor, h: Tensor, attention: Tensor, weights: Weights, gate: str) -> Tensor:
    """The same, with the product of v and its weights ``(..., 3D)`` already made."""
    r, u, n = given.chunk(3, dim=-1)  # (..., D) each: reset, update, candidate
    r_h, u_h, n_h = (h @ weights.u.T + weights.b_hh).chunk(3, dim=-1)
    n = (n + (r + r_h).sigmoid() * n_h).tanh()
    kept, a = (u + u_h).sigmoid(), attention[..., None]
    kept = 1 - a * (1 - kept) if gate == "paper" else (1 - a) * kept
    return (1 - kept) * n + kept * h


class AUGRU(nn.Module):
    """Each candidate walks through the history with its own attention, and ends in its own state.

    Args:
        dim: D. gate: ``paper`` or ``code``, see :func:`augru_step`.

    Raises:
        InputError: an unknown gate.
    """

    def __init__(self, dim: int, gate: str = "paper") -> None:
        super().__init__()
        if gate not in GATES:
            raise InputError(unknown("gate", gate, GATES))
        self.gate = gate
        self.cell = nn.GRU(dim, dim, batch_first=True)  # holds the weights; the walk is our own

    def forward(self, states: Tensor, attention: Tensor, lengths: Tensor) -> Tensor:
        """The state of each candidate after its last real step; 0 where it sees none.

        Args:
            states: ``(B, T, D)``. attention: ``(B, C, T)``, each between 0 and 1.
            lengths: how many steps are real: ``(B,)``, or for each candidate ``(B, C)``. Padding leaves
                the state alone, whatever its attention.

        Returns:
            ``(B, C, D)``.
        """
        weights = Weights.of(self.cell)
        given = states @ weights.w.T + weights.b_ih  # (B, T, 3D), once for all candidates
        seen = lengths[:, None] if lengths.dim() == 1 else lengths  # (B, 1 or C)
        h = states.new_zeros(*attention.shape[:2], states.shape[-1])  # (B, C, D)
        for t in range(min(states.shape[1], int(lengths.max()))):
            after = _step(given[:, None, t], h, attention[..., t], weights, self.gate)
            h = torch.where((t < seen)[..., None], after, h)
        return h
