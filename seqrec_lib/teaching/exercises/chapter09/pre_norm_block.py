"""A pre-norm Transformer block from its parts."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn

from ....attention.layers import SelfAttention
from ..exercise import Exercise, Mutant, Probe


def pre_norm_block(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    """x: (B, T, D), the parts: see above. Returns (B, T, D)."""
    normed = norm_1(x)
    x = x + attention(normed, normed)
    return x + feed_forward(norm_2(x))


def post_norm(x, attention, feed_forward, norm_1, norm_2):
    x = norm_1(x + attention(x, x))
    return norm_2(x + feed_forward(x))


def query_only(x, attention, feed_forward, norm_1, norm_2):
    x = x + attention(norm_1(x), x)
    return x + feed_forward(norm_2(x))


def keys_only(x, attention, feed_forward, norm_1, norm_2):
    x = x + attention(x, norm_1(x))
    return x + feed_forward(norm_2(x))


def original_listing(x, attention, feed_forward, norm_1, norm_2):
    query = norm_1(x)
    x = query + attention(query, x)
    normed = norm_2(x)
    return normed + feed_forward(normed)


def adds_the_normalised(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    x = normed + attention(normed, normed)
    normed = norm_2(x)
    return normed + feed_forward(normed)


def adds_first_normalised(x, attention, feed_forward, norm_1, norm_2):
    x = norm_1(x)
    x = x + attention(x, x)
    return x + feed_forward(norm_2(x))


def adds_second_normalised(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    x = norm_2(x + attention(normed, normed))
    return x + feed_forward(x)


def no_residual(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    return feed_forward(norm_2(attention(normed, normed)))


def first_residual_missing(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    x = attention(normed, normed)
    return x + feed_forward(norm_2(x))


def second_residual_missing(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    return feed_forward(norm_2(x + attention(normed, normed)))


def side_by_side(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    return x + attention(normed, normed) + feed_forward(norm_2(x))


def adds_the_block_input(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    return x + feed_forward(norm_2(x + attention(normed, normed)))


def one_norm(x, attention, feed_forward, norm_1, norm_2):
    return pre_norm_block(x, attention, feed_forward, norm_1, norm_1)


def norms_swapped(x, attention, feed_forward, norm_1, norm_2):
    return pre_norm_block(x, attention, feed_forward, norm_2, norm_1)


def no_norm(x, attention, feed_forward, norm_1, norm_2):
    x = x + attention(x, x)
    return x + feed_forward(x)


def first_norm_missing(x, attention, feed_forward, norm_1, norm_2):
    x = x + attention(x, x)
    return x + feed_forward(norm_2(x))


def results_normalised(x, attention, feed_forward, norm_1, norm_2):
    x = x + norm_1(attention(x, x))
    return x + norm_2(feed_forward(x))


def second_norm_missing(x, attention, feed_forward, norm_1, norm_2):
    normed = norm_1(x)
    x = x + attention(normed, normed)
    return x + feed_forward(x)


def feed_forward_first(x, attention, feed_forward, norm_1, norm_2):
    x = x + feed_forward(norm_2(x))
    normed = norm_1(x)
    return x + attention(normed, normed)


class _Attention(nn.Module):
    """Causal attention as the exercise calls it: ``attention(queries, others)``."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.layer = SelfAttention(dim, heads, project_values=True)

    def forward(self, queries: Tensor, others: Tensor) -> Tensor:
        return self.layer(queries, None, need_weights=False, keys=others)[0]


@lru_cache(maxsize=4)
def _parts(seed: int, dim: int, heads: int) -> tuple[nn.Module, ...]:
    """Attention, feed-forward layer and two norms whose gains and shifts are far from 1 and 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        feed_forward = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        parts = (_Attention(dim, heads), feed_forward, nn.LayerNorm(dim), nn.LayerNorm(dim))
        for part in parts:
            part.eval().requires_grad_(False)
            for parameter in part.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.4)
    return parts


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(4)

    def x(*shape: int, size: float = 1.0) -> Tensor:
        return torch.randn(shape, generator=generator) * size

    return [
        Probe("one row, one head", (x(1, 4, 4), *_parts(0, 4, 1))),
        Probe("two rows, two heads", (x(2, 3, 6), *_parts(1, 6, 2))),
        Probe("large inputs", (x(2, 5, 4, size=8.0), *_parts(2, 4, 2))),
        Probe("one step", (x(3, 1, 4, size=2.0), *_parts(0, 4, 1))),
    ]


EXERCISE = Exercise(
    name="pre-norm-block",
    reference=pre_norm_block,
    probes=_probes,
    mutants=(
        Mutant(
            "post-norm",
            "This is post-norm: the sum is normalised. Here the input of each part is.",
            post_norm,
        ),
        Mutant(
            "query-only",
            "Only the queries are normalised. Keys and values must come from the normalised copy too.",
            query_only,
        ),
        Mutant(
            "keys-only",
            "Only keys and values are normalised. The queries must come from the normalised copy too.",
            keys_only,
        ),
        Mutant(
            "original-listing",
            "This is what SASRec's first code does: only queries are normalised, and the normalised copy "
            "is added. Its paper asks for pre-norm.",
            original_listing,
        ),
        Mutant(
            "adds-the-normalised",
            "The result is added to the normalised copy. Add it to what came in, which no norm has touched.",
            adds_the_normalised,
            adds_first_normalised,
            adds_second_normalised,
        ),
        Mutant("no-residual", "Nothing is added: both results replace what came in.", no_residual),
        Mutant(
            "first-residual-missing",
            "Attention replaces what came in. A step then forgets its own item.",
            first_residual_missing,
        ),
        Mutant(
            "second-residual-missing",
            "The feed-forward layer replaces what came in. Add its result.",
            second_residual_missing,
        ),
        Mutant(
            "side-by-side",
            "The feed-forward layer reads the block's input. It comes after attention and reads the sum.",
            side_by_side,
        ),
        Mutant(
            "adds-the-block-input",
            "The second sum starts from the block's input, so what attention found is lost on that path.",
            adds_the_block_input,
        ),
        Mutant("one-norm", "norm_1 is used twice. The feed-forward layer has its own norm.", one_norm),
        Mutant("norms-swapped", "The two norms have changed places.", norms_swapped),
        Mutant("no-norm", "Nothing is normalised: both parts read what comes in as it is.", no_norm),
        Mutant("first-norm-missing", "Attention reads an input that no norm has seen.", first_norm_missing),
        Mutant(
            "results-normalised",
            "The results of the parts are normalised. Normalise what they read.",
            results_normalised,
        ),
        Mutant(
            "second-norm-missing",
            "The feed-forward layer reads an input that no norm has seen.",
            second_norm_missing,
        ),
        Mutant(
            "feed-forward-first",
            "The feed-forward layer comes first here. Attention comes first.",
            feed_forward_first,
        ),
    ),
    hints=(
        "Draw it: a straight line from x to the result, and two side roads that leave it and come back.",
        "Each side road begins with a norm. The straight line has none.",
        "attention(normed, normed): queries, keys and values come from the same normalised copy.",
    ),
)
