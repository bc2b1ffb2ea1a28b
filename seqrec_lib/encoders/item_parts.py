"""From what is known of an item to one vector: a reader for each part, and a way to join them.

Sizes: ``V`` items (row 0 is padding), ``M`` parts, ``S`` frames, ``F`` numbers a frame, ``D`` width.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

START = 0.02  # how wide item vectors start, as in a table of ids whose scores start near 0


def masked_softmax(logits: Tensor, known: Tensor) -> Tensor:
    """Softmax over the last dimension among what is ``known``; all 0 where nothing is."""
    logits = logits.masked_fill(~known, torch.finfo(logits.dtype).min)
    weights = logits.softmax(-1) * known
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-12)


class PartReader(nn.Module):
    """One part of all items to vectors ``(V+1, D)``.

    A sequence of frames is first joined to one: a learned query says how much each frame counts, and frames
    are read together with their neighbours, since a word is more than its frames.
    """

    def __init__(self, steps: int, width: int, dim: int) -> None:
        super().__init__()
        self.near = nn.Conv1d(width, dim, 3, padding=1) if steps > 1 else None
        self.query = nn.Linear(dim, 1) if steps > 1 else None
        self.out = nn.Linear(dim if steps > 1 else width, dim)
        nn.init.normal_(self.out.weight, std=START)
        nn.init.zeros_(self.out.bias)

    def forward(self, values: Tensor, known: Tensor) -> Tensor:
        """``values`` ``(V+1, S, F)``, ``known`` ``(V+1, S)`` bool -> ``(V+1, D)``, 0 if nothing is known."""
        if self.near is None or self.query is None:
            read = self.out(values[:, 0])
        else:
            heard = F.relu(self.near(values.transpose(1, 2)).transpose(1, 2))  # (V+1, S, D)
            weights = self.frame_weights(heard, known)  # (V+1, S)
            read = self.out((weights[..., None] * heard).sum(1))
        return read * known.any(1, keepdim=True)

    def frame_weights(self, heard: Tensor, known: Tensor) -> Tensor:
        """``(V+1, S)``: how much each frame counts; frames after the end count nothing."""
        assert self.query is not None  # sequences have one
        return masked_softmax(self.query(heard)[..., 0], known)


class Experts(nn.Module):
    """UniSRec's adaptor (Hou et al. 2022, section 2.1.2): sum over k of g_k (x - b_k) W_k.

    The gates g are a softmax of x W_g; in training, normal noise times softplus(x W_n) is added to it.
    The paper calls (x - b) W whitening; b and W are learned, and nothing makes the result white.
    """

    def __init__(self, width: int, dim: int, experts: int) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.zeros(experts, width))
        self.W = nn.Parameter(START * torch.randn(experts, width, dim))
        self.gate = nn.Linear(width, experts, bias=False)
        self.noise = nn.Linear(width, experts, bias=False)
        nn.init.zeros_(self.gate.weight)  # as in the published code, every expert begins with the same share
        nn.init.zeros_(self.noise.weight)

    def forward(self, values: Tensor, known: Tensor) -> Tensor:
        """As :class:`PartReader`, with the mean of the known frames."""
        count = known.sum(1, keepdim=True).clamp(min=1)
        x = (values * known[..., None]).sum(1) / count  # (V+1, F)
        logits = self.gate(x)  # (V+1, K)
        if self.training:
            logits = logits + torch.randn_like(logits) * F.softplus(self.noise(x))
        each = torch.einsum("vkf,kfd->vkd", x[:, None] - self.b, self.W)  # (V+1, K, D)
        joined = (logits.softmax(-1)[..., None] * each).sum(1)
        return joined * known.any(1, keepdim=True)


class Sum(nn.Module):
    """The sum of the parts that are known."""

    def __init__(self, parts: int, dim: int) -> None:
        super().__init__()

    def forward(self, parts: Tensor, known: Tensor) -> Tensor:
        """``parts`` ``(V+1, M, D)``, ``known`` ``(V+1, M)`` bool -> ``(V+1, D)``."""
        return (parts * known[..., None]).sum(1)


class Gate(nn.Module):
    """Sum over m of g_m x_m: g is a softmax over the known parts of u_m . [x_1, ..., x_M] + b_m."""

    def __init__(self, parts: int, dim: int) -> None:
        super().__init__()
        self.logits = nn.Linear(parts * dim, parts)

    def weights(self, parts: Tensor, known: Tensor) -> Tensor:
        """``(V+1, M)``, 0 at parts that are missing, and otherwise of sum 1."""
        seen = (parts * known[..., None]).flatten(1) / START  # (V+1, M * D), of spread near 1 at the start
        return masked_softmax(self.logits(seen), known)

    def forward(self, parts: Tensor, known: Tensor) -> Tensor:
        """As :class:`Sum`; times M, so that it starts as wide as the sum of all."""
        return parts.shape[1] * (self.weights(parts, known)[..., None] * parts).sum(1)


class PartAttention(nn.Module):
    """Attention over an item's parts: a learned query asks the keys x_m W_K and weighs the values x_m W_V."""

    def __init__(self, parts: int, dim: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(dim))
        self.key, self.value = (nn.Linear(dim, dim, bias=False) for _ in range(2))
        with torch.no_grad():
            self.value.weight.copy_(torch.eye(dim))

    def weights(self, parts: Tensor, known: Tensor) -> Tensor:
        """``(V+1, M)``, 0 at parts that are missing, and otherwise of sum 1."""
        scores = self.key(parts / START) @ self.query / parts.shape[-1] ** 0.5
        return masked_softmax(scores, known)

    def forward(self, parts: Tensor, known: Tensor) -> Tensor:
        """As :class:`Gate`."""
        return parts.shape[1] * (self.weights(parts, known)[..., None] * self.value(parts)).sum(1)


JOINS: dict[str, type[Sum] | type[Gate] | type[PartAttention]] = {
    "sum": Sum,
    "gate": Gate,
    "attention": PartAttention,
}
