"""Scores of product codes, with each codeword multiplied once."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _parts(states: Tensor, books: Tensor) -> Tensor:
    m, _, width = books.shape
    return states.view(len(states), m, width).transpose(0, 1) @ books.mT  # (M, B, K)


def scores_of_codes(states: Tensor, books: Tensor, codes: Tensor) -> Tensor:
    """states: (B, D), books: (M, K, D/M), codes: (V, M). Returns (B, V)."""
    sub = _parts(states, books)
    return torch.stack([sub[k][:, codes[:, k]] for k in range(len(books))]).sum(0)


def _one_book(states, books, codes):
    sub = _parts(states, books[:1].expand_as(books))
    return torch.stack([sub[k][:, codes[:, k]] for k in range(len(books))]).sum(0)


def _best_word(states, books, codes):
    sub = _parts(states, books).amax(2)  # (M, B)
    return sub.sum(0)[:, None].expand(-1, len(codes)).clone()


def _first_piece(states, books, codes):
    return _parts(states, books)[0][:, codes[:, 0]]


def _mean(states, books, codes):
    return scores_of_codes(states, books, codes) / len(books)


def _product(states, books, codes):
    sub = _parts(states, books)
    return torch.stack([sub[k][:, codes[:, k]] for k in range(len(books))]).prod(0)


def _other_cut(states, books, codes):
    m, _, width = books.shape
    turned = states.view(len(states), width, m).transpose(1, 2).reshape(len(states), -1)
    return scores_of_codes(turned, books, codes)


def _codes_backwards(states, books, codes):
    return scores_of_codes(states, books, codes.flip(1))


def _probes() -> list[Probe]:
    def case(about: str, b: int, v: int, m: int, k: int, width: int, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        states = torch.randn(b, m * width, generator=draw, dtype=torch.float64)
        books = torch.randn(m, k, width, generator=draw, dtype=torch.float64)
        return Probe(about, (states, books, torch.randint(0, k, (v, m), generator=draw)))

    return [
        case("one state, four items, two pieces", 1, 4, 2, 3, 2, 1),
        case("more items than codewords", 3, 40, 4, 8, 3, 2),
        case("pieces one number wide", 2, 15, 5, 6, 1, 3),
    ]


EXERCISE = Exercise(
    name="scores-of-codes",
    reference=scores_of_codes,
    probes=_probes,
    mutants=(
        Mutant(
            "one-book",
            "Every piece is looked up in the first book. Each piece has a book of its own.",
            _one_book,
        ),
        Mutant(
            "best-word",
            "All items score the same: the best codeword of each piece was taken. Which one does the "
            "item name?",
            _best_word,
        ),
        Mutant(
            "first-piece",
            "Only the first piece counts. A dot product is a sum over all of them.",
            _first_piece,
        ),
        Mutant("mean", "This is the mean over the pieces. A dot product is their sum.", _mean),
        Mutant(
            "multiplied",
            "The pieces' products are multiplied with each other. A dot product adds them.",
            _product,
        ),
        Mutant(
            "other-cut",
            "The state is cut in another way than the vectors were: a piece is a run of neighbouring "
            "numbers.",
            _other_cut,
        ),
        Mutant("codes-backwards", "The codes are read from the last piece to the first.", _codes_backwards),
    ),
    hints=(
        "First the products of each piece of the state with all codewords of its book: (M, B, K).",
        "Then, piece by piece, pick for each item the product that its code names, and add.",
    ),
)
