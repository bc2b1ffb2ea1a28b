"""SASRec as it is usually written in PyTorch: what ``seqrec_lib`` is compared with.

Every history is padded to the full length, ``nn.MultiheadAttention`` does the attention, all scores
are in memory at once, training is in fp32 with AdamW. Sizes and arithmetic are those of the ``sasrec``
recipe: pre-norm blocks, learned positions, tied item vectors, dropout, full cross-entropy. It is not
slowed down on purpose: attention weights are not asked for, and batches are ready in memory. Attention
weights are not dropped unless ``attention_dropout`` says so: SASRec's published code drops them, ours does
not, and it costs PyTorch's fused attention; so both are measured.
"""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class PlainSASRec(nn.Module):
    """Items ``(B, T)`` -> scores of every item after every step, ``(B, T, V+1)``."""

    def __init__(
        self,
        n_items: int,
        max_len: int,
        dim: int,
        blocks: int,
        heads: int,
        ff_width: int,
        dropout: float,
        attention_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.items = nn.Embedding(n_items + 1, dim, padding_idx=0)
        self.positions = nn.Embedding(max_len, dim)
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.dropout = nn.Dropout(dropout)
        self.attention_norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(blocks))
        self.attention = nn.ModuleList(
            nn.MultiheadAttention(dim, heads, attention_dropout, batch_first=True) for _ in range(blocks)
        )
        self.feed_forward_norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(blocks))
        self.feed_forward = nn.ModuleList(
            nn.Sequential(
                nn.Linear(dim, ff_width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ff_width, dim),
                nn.Dropout(dropout),
            )
            for _ in range(blocks)
        )  # fmt: skip
        self.last_norm = nn.LayerNorm(dim)
        self.register_buffer("future", torch.ones(max_len, max_len, dtype=torch.bool).triu(1))

    def forward(self, items: Tensor) -> Tensor:
        x = self.items(items) * self.items.embedding_dim**0.5 + self.positions.weight[: items.shape[1]]
        x = self.dropout(x)
        future = self.future[: items.shape[1], : items.shape[1]]
        for norm, attention, ff_norm, feed_forward in zip(
            self.attention_norms, self.attention, self.feed_forward_norms, self.feed_forward, strict=True
        ):
            y = norm(x)
            y, _ = attention(y, y, y, attn_mask=future, is_causal=True, need_weights=False)
            x = x + self.dropout(y)
            x = x + feed_forward(ff_norm(x))
        return self.last_norm(x) @ self.items.weight.T


class PlainTraining:
    """A model, its optimiser and its loader; ``turn`` trains for a while."""

    def __init__(
        self, train, settings, batch_size: int, lr: float, attention_dropout: float = 0.0, seed: int = 0
    ) -> None:
        """``train``: a batch of training rows. ``settings``: of the ``sasrec`` recipe."""
        torch.manual_seed(seed)
        s = settings
        self.model = PlainSASRec(
            s.n_items, s.max_len, s.dim, s.layers, s.heads, s.ff_width, s.dropout, attention_dropout
        )
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=lr, weight_decay=0.0)
        full = s.max_len - train.items.shape[1]
        rows = TensorDataset(F.pad(train.items, (0, full)), F.pad(train.targets, (0, full)))
        self.loader = DataLoader(rows, batch_size=batch_size, shuffle=True)

    def turn(self, seconds: float) -> tuple[int, float]:
        """Train for at least ``seconds``; return ``(real targets, seconds)``."""
        self.model.train()
        targets, started = 0, time.perf_counter()
        while True:
            for items, target in self.loader:
                scores = self.model(items)  # (B, T, V+1)
                loss = F.cross_entropy(scores.flatten(0, 1), target.flatten(), ignore_index=0)
                self.optimiser.zero_grad()
                loss.backward()
                self.optimiser.step()
                targets += int((target > 0).sum())
                spent = time.perf_counter() - started
                if spent >= seconds:
                    return targets, spent
