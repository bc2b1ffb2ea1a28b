"""The Transformer encoder: what its norms do, how it starts, its precision."""

import pytest
import torch
from tiny_models import V, batch_of, close, model_of

from seqrec_lib.device import autocast, pick_precision
from seqrec_lib.encoders import Block, TransformerEncoder
from seqrec_lib.encoders.transformer import POSITIONS

X = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
CAUSAL = torch.ones(1, 5, 5, dtype=torch.bool).tril()


def block_of(norm, heads=2):
    torch.manual_seed(0)
    block = Block(8, heads, 12, 0.0, norm).double()
    with torch.no_grad():
        for layer in (block.norm_attention, block.norm_ff):
            layer.weight.normal_(), layer.bias.normal_()
    return block


def by_hand(block, norm):
    """The three orders written out, attention one head at a time."""
    a, first, second = block.attention, block.norm_attention, block.norm_ff

    def attend(queries, keys):
        q, k, v = a.query(queries), a.key(keys), a.value(keys)
        heads = []
        for h in range(a.heads):
            part = slice(4 * h, 4 * h + 4)
            scores = q[..., part] @ k[..., part].transpose(1, 2) / 4**0.5
            scores = scores.masked_fill(~CAUSAL, float("-inf"))
            heads.append(scores.softmax(-1) @ v[..., part])
        return a.mix(torch.cat(heads, -1))

    ff = lambda x: block.outer(block.inner(x).clamp(min=0))  # noqa: E731
    if norm == "pre":
        x = X + attend(first(X), first(X))
        return x + ff(second(x))
    if norm == "post":
        x = first(X + attend(X, X))
        return second(x + ff(x))
    x = first(X) + attend(first(X), X)
    return second(x) + ff(second(x))


@pytest.mark.parametrize("norm", ["pre", "post", "query"])
def test_a_block_by_hand(norm):
    block = block_of(norm)
    for need, mask in ((True, CAUSAL), (False, None)):
        close(block(X, mask, need)[0], by_hand(block, norm), 1e-10)


def test_the_three_norms_differ():
    outputs = [block_of(norm)(X, CAUSAL, True)[0] for norm in ("pre", "post", "query")]
    assert all(not torch.allclose(a, b) for a in outputs for b in outputs if a is not b)


@pytest.mark.parametrize("norm", ["pre", "post", "query"])
def test_gradients(norm):
    torch.manual_seed(0)
    encoder = TransformerEncoder(4, 2, 2, 6, 3, 0.0, norm).double()
    vectors = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    batch = batch_of((3, 3), width=3)
    for need in (True, False):
        assert torch.autograd.gradcheck(lambda v: encoder(v, batch, need)[0], [vectors])  # noqa: B023


def test_an_unknown_norm_raises():
    with pytest.raises(ValueError, match="unknown norm 'layer': use one of pre, post, query"):
        Block(8, 1, 8, 0.0, "layer")


def test_it_starts_as_promised():
    torch.manual_seed(0)
    encoder = TransformerEncoder(64, 2, 2, 256, 200, 0.1)
    for name, weight in encoder.named_parameters():
        if "norm" in name:
            assert (weight == (1 if name.endswith("weight") else 0)).all(), name
        elif weight.ndim == 2:
            assert abs(weight.std().item() / 0.02 - 1) < 0.05, name
        else:
            assert (weight == 0).all(), name


@pytest.mark.parametrize("positions", POSITIONS)
def test_each_kind_of_positions_has_its_own_numbers_and_no_others(positions):
    encoder = model_of("sasrec", positions=positions).encoder
    told_by_places = positions in ("start", "end", "both", "end+distance", "end+times")
    told_by_distance = positions in ("distance", "both", "end+distance", "buckets", "alibi")
    assert (encoder.positions is not None) == told_by_places
    assert encoder.from_end == positions.startswith("end")
    for block in encoder.blocks:
        assert (block.attention.distance is not None) == told_by_distance
        assert hasattr(block.attention, "times") == positions.endswith("times")


def test_order_matters_through_positions_alone():
    """Without positions, the newest state is blind to the order of what came before it."""
    model, batch = model_of("sasrec", layers=1), batch_of((6, 6))
    other = batch_of((6, 6))
    other.items[:, :5] = other.items[:, :5].flip(1)
    assert (model.score(batch) - model.score(other))[:, 1:].abs().max() > 1e-6
    with torch.no_grad():
        model.encoder.positions.weight.zero_()
    close(model.score(batch)[:, 1:], model.score(other)[:, 1:], 1e-10)


def test_positions_from_the_end_give_the_newest_item_the_first_vector():
    model, batch = model_of("sasrec", positions="end"), batch_of((6, 1, 4))
    table, entered = model.encoder.positions.weight, []
    model.encoder.dropout.register_forward_pre_hook(lambda _, given: entered.append(given[0]))
    model.hidden(batch)
    added = entered[0] - model.item_vectors(batch)
    for row, length in enumerate((6, 1, 4)):
        close(added[row, :length], table[:length].flip(0))


def test_in_full_rows_places_from_the_end_are_those_from_the_start_turned_round():
    from_end, batch = model_of("sasrec", positions="end"), batch_of((6, 6))
    from_start = model_of("sasrec", positions="start")
    from_start.load_state_dict(
        from_end.state_dict()
    )  # the same weights by name: only how they are read differs
    with torch.no_grad():
        from_start.encoder.positions.weight[:6] = from_end.encoder.positions.weight[:6].flip(0)
    close(from_end.score(batch)[:, 1:], from_start.score(batch)[:, 1:])


@pytest.mark.parametrize("heads", [1, 2])
def test_each_block_shows_its_weights(heads):
    model, batch = model_of("sasrec", heads=heads), batch_of((6, 4))
    first, second, last = (model.attention_weights(batch, layer) for layer in (0, 1, -1))
    assert first.shape == (2, heads, 6, 6)
    assert torch.equal(second, last) and not torch.equal(first, second)


def test_bf16_is_near_fp32_and_not_the_same():
    model, batch = model_of("sasrec").float(), batch_of((6, 6))
    exact = model.hidden(batch)
    with autocast(torch.device("cpu"), "bf16"):
        rough = model.hidden(batch).float()
    with autocast(torch.device("cpu"), "fp32"):
        assert torch.equal(model.hidden(batch), exact)
    assert 0 < (rough - exact).abs().max() < 0.1


def test_precision_is_what_was_asked_for_or_measured(monkeypatch):
    cpu = torch.device("cpu")
    assert pick_precision("fp32", cpu) == "fp32" and pick_precision("bf16", cpu) == "bf16"
    assert pick_precision("auto", cpu) in ("fp32", "bf16")
    for fast, wanted in ((torch.bfloat16, "bf16"), (torch.float32, "fp32")):
        monkeypatch.setattr(
            "seqrec_lib.device._seconds_of_product", lambda dtype, device, f=fast: 1.0 if dtype == f else 2.0
        )
        assert pick_precision("auto", cpu) == wanted
        # A GPU is never measured: models of this size wait for its launches, whatever the products take.
        assert pick_precision("auto", torch.device("cuda")) == "fp32"
    with pytest.raises(ValueError, match="unknown precision 'fp16': did you mean bf16"):
        pick_precision("fp16", cpu)


def test_sizes_that_do_not_fit_raise():
    with pytest.raises(ValueError, match="3 heads do not divide dim 8"):
        model_of("sasrec", heads=3)
    with pytest.raises(ValueError, match="takes at most max_len 4"):
        model_of("sasrec", max_len=4).hidden(batch_of((6,)))
    assert model_of("sasrec").settings.n_items == V
