"""What is special about BERT4Rec; the suites over the registry hold for it too."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from tiny_models import MAX_LEN, V, batch_of, close, model_of

from seqrec_lib.data import Batch
from seqrec_lib.evaluation.causes import last_weights
from seqrec_lib.models import NextItem, build, recipe_settings
from seqrec_lib.models.recommender import FillsGaps


def bert(**changes):
    return model_of("bert4rec", **changes)


def test_it_fills_gaps_and_has_no_states_of_the_next_item():
    model = bert()
    assert isinstance(model, FillsGaps) and not isinstance(model, NextItem)
    assert (model.masked, model.mask_last) == (0.2, 0.1)


def test_a_gap_reads_both_sides_or_one():
    batch = batch_of((6, 6, 6))
    gaps = torch.zeros(3, 6, dtype=torch.bool)
    gaps[:, 2] = True
    for looks, moved in (("both", True), ("back", False)):
        model = bert(looks=looks)
        before = model.fill(batch, gaps)[:, 2]
        for step in (0, 4):
            other = replace(batch, items=batch.items.clone())
            other.items[:, step] = other.items[:, step] % V + 1
            change = (model.fill(other, gaps)[:, 2] - before).abs().amax(-1) > 1e-9
            assert (change == (moved or step == 0)).all()


def test_the_request_is_a_gap_after_the_history_and_nothing_is_given_up():
    model, batch = bert(), batch_of()
    for row, length in enumerate(batch.lengths.tolist()):
        items = F.pad(batch.items[row : row + 1, :length], (0, 1), value=5)  # any item: it is hidden
        gaps = torch.arange(length + 1)[None] == length
        state = model.fill(Batch(items, torch.tensor([length + 1])), gaps)[0, -1]
        close(model.score(batch)[row, 1:], model.item_matrix()[1:] @ state)
    full, changed = batch_of((MAX_LEN,), width=MAX_LEN), batch_of((MAX_LEN,), width=MAX_LEN)
    for step in (0, MAX_LEN - 1):
        changed.items = full.items.clone()
        changed.items[:, step] = changed.items[:, step] % V + 1
        assert not torch.allclose(model.score(full)[:, 1:], model.score(changed)[:, 1:])


def test_what_stands_for_a_hidden_item_is_never_ranked():
    model = bert()
    assert model.embedding.weight.shape == (V + 2, 8) and model.item_matrix().shape == (V + 1, 9)
    assert model.score(batch_of()).shape == (5, V + 1)


def test_the_frame_is_that_of_the_published_code():
    """Dense, GELU, LayerNorm, the embedding itself, a bias; a LayerNorm over what goes in."""
    model, batch = bert(), batch_of()
    gaps = torch.zeros(batch.items.shape, dtype=torch.bool)
    states = model.attend(batch, gaps)[0]
    dense, _, norm = model.head
    z = norm(F.gelu(states @ dense.weight.T + dense.bias))
    scores = z @ model.embedding.weight[: V + 1].T + model.bias
    close((model.fill(batch, gaps) @ model.item_matrix().T)[batch.mask()], scores[batch.mask()])
    vectors = model.norm(model.embedding(batch.items))
    close(model.encoder(vectors, batch)[0], states)
    assert model.encoder.blocks[0].activation is F.gelu and model.encoder.blocks[0].norm == "post"


def test_framed_as_sasrec_it_has_the_parts_of_sasrec_and_no_other():
    sizes = {"max_len": 9, "dim": 8, "layers": 2, "heads": 2, "ff_width": 12}
    ours = build(recipe_settings("bert4rec", V, frame="sasrec", norm="pre", **sizes))
    theirs = build(recipe_settings("sasrec", V, **sizes))
    one, other = (sum(w.numel() for w in model.parameters()) for model in (ours, theirs))
    assert one == other + 2 * 8  # the hidden item's vector, the place of the request


def test_looking_back_alone_and_framed_as_sasrec_it_is_sasrec():
    """With the same weights the states before the gap are SASRec's: direction is all that differs."""
    ours = bert(frame="sasrec", norm="pre", looks="back", ff_width=12)
    theirs = model_of("sasrec", heads=2)
    state = ours.state_dict()
    theirs.embedding.weight.data.copy_(state["embedding.weight"][: V + 1])
    for name, weight in theirs.encoder.state_dict().items():
        weight.copy_(state[f"encoder.{name}"][: len(weight)])
    batch = batch_of()
    close(ours.fill(batch, torch.zeros_like(batch.mask()))[batch.mask()], theirs.hidden(batch)[batch.mask()])


def test_weights_of_the_request_are_those_of_its_gap():
    model, batch = bert(), batch_of()
    asked = last_weights(model, batch)  # (N, H, T + 1)
    weights = model.attention_weights(batch)
    for row, length in enumerate(batch.lengths.tolist()):
        close(asked[row], weights[row, :, length])
        assert (asked[row, :, : length + 1] > 0).all() and (asked[row, :, length + 1 :] == 0).all()


@pytest.mark.parametrize(
    "changes", [{"masked": 0.0}, {"masked": 1.1}, {"mask_last": -0.1}, {"mask_last": 2.0}]
)
def test_shares_outside_their_range_are_refused(changes):
    with pytest.raises(ValueError, match=f"{next(iter(changes))} is .*: it must be"):
        recipe_settings("bert4rec", V, **changes)
