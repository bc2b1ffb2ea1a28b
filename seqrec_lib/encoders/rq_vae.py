"""RQ-VAE: residual quantisation between a learned encoder and decoder (Lee et al. 2022; Rajput et al. 2023).

Sizes: ``N`` vectors, ``F`` numbers of each, ``P`` numbers between, ``L`` levels, ``K`` codewords a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .quantise import residual_codes, residual_kmeans


@dataclass(frozen=True)
class Quantised:
    """``codes`` ``(N, L)``; ``out`` ``(N, P)``, what the decoder reads; ``loss``: of the codebooks."""

    codes: Tensor
    out: Tensor
    loss: Tensor


def straight_through(z: Tensor, quantised: Tensor) -> Tensor:
    """``quantised`` as a value, ``z`` as far as gradients go: z + sg(quantised - z)."""
    return z + (quantised - z).detach()


def quantise(z: Tensor, books: list[Tensor], beta: float = 0.25) -> Quantised:
    """Codes of ``z`` ``(N, P)``, and the loss: the sum over levels of |sg(r) - e|^2 + beta |r - sg(e)|^2.

    The first term moves codewords to residuals, the second residuals to codewords; it is the mean over the N.
    """
    codes, _ = residual_codes(z.detach(), [book.detach() for book in books])
    left, total, loss = z, torch.zeros_like(z), z.new_zeros(())
    for level, book in enumerate(books):
        word = book[codes[:, level]]
        loss = loss + (left.detach() - word).square().sum(1).mean()
        loss = loss + beta * (left - word.detach()).square().sum(1).mean()
        left, total = left - word.detach(), total + word
    return Quantised(codes, straight_through(z, total), loss)


class RQVAE(nn.Module):
    """An encoder, codebooks and a decoder of one inner layer each.

    Args:
        width: F. between: P. levels, size: L and K. beta: the weight of the second term.
    """

    def __init__(self, width: int, between: int, levels: int, size: int, beta: float = 0.25) -> None:
        super().__init__()
        inner = (width + between) // 2
        self.encoder = nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, between))
        self.decoder = nn.Sequential(nn.Linear(between, inner), nn.ReLU(), nn.Linear(inner, width))
        self.books = nn.ParameterList([nn.Parameter(torch.randn(size, between)) for _ in range(levels)])
        self.beta = beta

    def start(self, x: Tensor, seed: int = 0) -> None:
        """Let the codebooks begin as residual k-means of ``x`` ``(N, F)``, encoded: against dead codes."""
        with torch.no_grad():
            made = residual_kmeans(self.encoder(x), len(self.books), len(self.books[0]), seed)
            for book, begun in zip(self.books, made, strict=True):
                book[: len(begun)] = begun

    def forward(self, x: Tensor) -> tuple[Tensor, Quantised]:
        """``(loss, codes and more)``: mean squared length of what the decoder misses, and the books' loss."""
        found = quantise(self.encoder(x), list(self.books), self.beta)
        missed = (self.decoder(found.out) - x).square().sum(1).mean()
        return missed + found.loss, found

    def codes(self, x: Tensor) -> Tensor:
        """``(N, L)`` int64."""
        return residual_codes(self.encoder(x), list(self.books))[0]


def fit_rq_vae(
    x: Tensor, levels: int, size: int, between: int = 16, steps: int = 300, lr: float = 3e-3, seed: int = 0,
    started: bool = True,
) -> tuple[RQVAE, list[float]]:  # fmt: skip
    """``(model, losses)`` after ``steps`` steps of Adam on all of ``x`` ``(N, F)``.

    PyTorch's random state is as before the call. ``started``: whether codebooks begin as residual k-means.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = RQVAE(x.shape[1], between, levels, size)
        if started:
            model.start(x, seed)
        optimiser, losses = torch.optim.Adam(model.parameters(), lr), []
        for _ in range(steps):
            loss, _ = model(x)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
    return model.eval(), losses
