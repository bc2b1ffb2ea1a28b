"""The Transformer encoder by hand: norm, blocks and heads together, and dropout at each of its places."""

from itertools import product

import pytest
import torch
from tiny_models import batch_of, close, model_of
from torch import nn

from seqrec_lib.encoders import NORMS, TransformerEncoder

T, D, F = 5, 8, 12


class Times(nn.Module):
    """In the place of dropout: what passes is multiplied by a number that shows how often it passed."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x * self.by


def encoder_of(norm, blocks, heads):
    torch.manual_seed(0)
    made = TransformerEncoder(D, blocks, heads, F, T, 0.0, norm).double()
    with torch.no_grad():
        for weight in made.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return made


def normed(norm, x):
    """LayerNorm: mean 0 and deviation 1 over the width, then a gain and a shift."""
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + norm.eps).sqrt()
    return scaled * norm.weight + norm.bias


def attend(layer, queries, keys):
    q, k, v = layer.query(queries), layer.key(keys), layer.value(keys)
    part, heads = D // layer.heads, []
    closed = torch.ones(T, T, dtype=torch.bool).triu(1)
    for h in range(layer.heads):
        own = slice(part * h, part * (h + 1))
        scores = (q[..., own] @ k[..., own].mT / part**0.5).masked_fill(closed, -torch.inf)
        heads.append(scores.softmax(-1) @ v[..., own])
    return torch.cat(heads, -1) if layer.mix is None else layer.mix(torch.cat(heads, -1))


def by_hand(made, vectors, norm, dropped):
    """The encoder written out; ``dropped`` stands where dropout stands."""
    x = dropped(vectors + made.positions.weight)
    for block in made.blocks:
        first, second, attention = block.norm_attention, block.norm_ff, block.attention

        def forward(x, block=block):
            return dropped(block.outer(dropped(block.inner(x).clamp(min=0))))

        if norm == "pre":
            x = x + dropped(attend(attention, normed(first, x), normed(first, x)))
            x = x + forward(normed(second, x))
        elif norm == "post":
            x = normed(first, x + dropped(attend(attention, x, x)))
            x = normed(second, x + forward(x))
        else:  # the published code drops attention's weights and not its output
            passed = (lambda y: y) if norm == "published" else dropped
            x = normed(first, x) + passed(attend(attention, normed(first, x), x))
            x = normed(second, x) + forward(normed(second, x))
    return x if norm == "post" else normed(made.last_norm, x)


@pytest.mark.parametrize("norm, blocks, heads", list(product(NORMS, (1, 2), (1, 2, 4))))
@torch.no_grad()
def test_the_whole_encoder_by_hand(norm, blocks, heads):
    """``pre`` and ``query`` end in one more norm; ``post`` has it already."""
    made, batch = encoder_of(norm, blocks, heads), batch_of((T, T), width=T)
    vectors = torch.randn(2, T, D, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    want = by_hand(made, vectors, norm, lambda x: x)
    for need in (True, False):
        close(made(vectors, batch, need)[0], want, 1e-9)


@pytest.mark.parametrize("norm, blocks", list(product(NORMS, (1, 2))))
@torch.no_grad()
def test_dropout_stands_at_each_of_its_places_once(norm, blocks):
    """On the way in, after attention, inside the feed-forward layer and after it."""
    made, batch = encoder_of(norm, blocks, 2), batch_of((T, T), width=T)
    made.dropout = Times(3.0)
    for block in made.blocks:
        block.dropout = Times(3.0)
    vectors = torch.randn(2, T, D, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    close(made(vectors, batch)[0], by_hand(made, vectors, norm, lambda x: 3.0 * x), 1e-9)


@pytest.mark.parametrize("name", ["lstm-attention", "gru4rec"])
@torch.no_grad()
def test_dropout_of_a_recurrent_model_stands_before_the_encoder_and_in_the_head(name):
    model, batch = model_of(name, head="mlp"), batch_of()
    model.dropout, model.head.dropout = Times(3.0), Times(5.0)
    seen = []
    model.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    states, found = model.attend(batch)[0], model.hidden(batch)
    close(seen[0], 3.0 * model.embedding(batch.items))
    close(found, model.head.outer(5.0 * model.head.inner(states).clamp(min=0)))
