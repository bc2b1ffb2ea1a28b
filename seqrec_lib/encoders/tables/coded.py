"""Product codes: an item is M small numbers, each naming a piece of a vector (Jegou et al. 2011).

Trained end to end with codes that are fixed beforehand it is RecJPQ (Petrov & Macdonald 2024).
Sizes: ``B`` batch, ``V`` items, ``D`` width, ``M`` pieces, ``K`` codewords of a piece, ``E`` events.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...messages import InputError
from .frame import ItemTable, pad

CODEWORDS = 256  # a code is then one byte


def product_scores(states: Tensor, books: Tensor, codes: Tensor) -> Tensor:
    """``(B, V+1)``: sum over pieces k of <state_k, book_k[code_k(i)]>; each codeword is multiplied once.

    Args:
        states: ``(B, D)``. books: ``(M, K, D/M)``. codes: ``(V+1, M)`` whole numbers below K.
    """
    m, _, width = books.shape
    parts = states.unflatten(1, (m, width)).transpose(0, 1)  # (M, B, D/M)
    sub = parts @ books.mT  # (M, B, K)
    total = sub[0].index_select(1, codes[:, 0].int())
    for k in range(1, m):
        total = total + sub[k].index_select(1, codes[:, k].int())
    return total


def quantile_codes(users: Tensor, items: Tensor, rows: int, pieces: int, words: int, seed: int = 0) -> Tensor:
    """``(V+1, M)`` uint8: each item's place on each of M axes of who met what, in bins of equal size.

    The axes are the first right singular vectors of the table of users and items. A little noise separates
    items that nobody has met, as in the authors' code; the bins hold as many items as each other.
    """
    numbered = users.unique(return_inverse=True)[1]
    n, axes = int(numbered.max()) + 1, min(pieces, rows - 1)
    place = torch.stack([numbered, items])
    met = torch.sparse_coo_tensor(place, torch.ones(len(items)), (n, rows), check_invariants=False).coalesce()
    met = torch.sparse_coo_tensor(
        met.indices(), met.values().clamp(max=1), met.shape, check_invariants=False
    )  # met, not how often
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        found = torch.svd_lowrank(met, q=min(axes + 8, n, rows), niter=4)[2][1:, :axes]  # (V, M)
        if found.shape[1] < pieces:  # fewer axes than pieces: the rest is chance
            found = torch.cat([found, torch.randn(rows - 1, pieces - found.shape[1])], 1)
        found = found / found.abs().amax(0).clamp(min=1e-12) + 1e-5 * torch.randn(found.shape)
    order = found.argsort(dim=0, stable=True).argsort(dim=0)  # (V, M): each item's rank on each axis
    codes = order * min(words, rows - 1) // (rows - 1)
    return torch.cat([torch.zeros(1, pieces, dtype=torch.int64), codes]).to(torch.uint8)


def nearest_codes(weight: Tensor, pieces: int, rounds: int = 8, seed: int = 0) -> tuple[Tensor, Tensor]:
    """``(codes (V+1, M) uint8, books (M, K, D/M))`` of a trained table, by k-means in each piece.

    Raises:
        InputError: ``pieces`` does not divide the width.
    """
    _check(weight.shape[1], pieces)
    draw = torch.Generator().manual_seed(seed)
    items = weight.detach().float().cpu()[1:]
    words = min(CODEWORDS, len(items))
    codes, books = [], []
    for part in items.chunk(pieces, dim=1):  # (V, D/M)
        book = part[torch.randperm(len(part), generator=draw)[:words]].clone()
        for turn in range(rounds + 1):
            far = (book * book).sum(1) - 2 * part @ book.T  # (V, K): squared distance less what rows share
            code = far.argmin(1)
            if turn < rounds:
                count = torch.bincount(code, minlength=words)[:, None]
                mean = torch.zeros_like(book).index_add_(0, code, part) / count.clamp(min=1)
                book = torch.where(count > 0, mean, book)
        codes.append(code)
        books.append(book)
    found = torch.stack(codes, 1)
    padding = torch.zeros(1, pieces, dtype=torch.int64)
    return torch.cat([padding, found]).to(torch.uint8), torch.stack(books)


def _check(dim: int, pieces: int) -> None:
    if dim % pieces:
        raise InputError(f"pieces is {pieces}: it must divide dim, which is {dim}")


class CodedTable(ItemTable):
    """Vectors put together from pieces. Codes are chance until :meth:`start_from_log` or :meth:`put`."""

    codes: Tensor

    def __init__(self, rows: int, dim: int, std: float, pieces: int) -> None:
        _check(dim, pieces)
        super().__init__(rows, dim)
        self.pieces, words = pieces, min(CODEWORDS, max(rows - 1, 1))
        order = torch.stack([torch.randperm(rows) for _ in range(pieces)], 1)
        self.register_buffer("codes", (order * words // rows).to(torch.uint8))
        self.books = nn.Parameter(torch.empty(pieces, words, dim // pieces).normal_(0.0, std))

    def forward(self, items: Tensor) -> Tensor:
        codes = self.codes[items].long()  # (..., M)
        found = torch.stack([self.books[k][codes[..., k]] for k in range(self.pieces)], -2)
        return pad(found.flatten(-2), items)

    def scores(self, states: Tensor) -> Tensor:
        return product_scores(states, self.books, self.codes)

    def start_from_log(self, users: Tensor, items: Tensor) -> None:
        """Codes by :func:`quantile_codes`, from the training events alone."""
        found = quantile_codes(users.cpu(), items.cpu(), self.rows, self.pieces, self.books.shape[1])
        self.codes.copy_(found)

    def put(self, weight: Tensor) -> None:
        """Take over the vectors ``weight`` ``(V+1, D)`` as nearly as codes can: :func:`nearest_codes`."""
        codes, books = nearest_codes(weight, self.pieces)
        self.codes.copy_(codes)
        with torch.no_grad():
            self.books.copy_(books)
