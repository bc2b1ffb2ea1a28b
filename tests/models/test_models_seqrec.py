"""The article's family without its encoder: attention reads item vectors, or nothing but the last one."""

import pytest
import torch
from tiny_models import V, batch_of, close

from seqrec_lib.models import build, recipe_settings


def made(**changes):
    torch.manual_seed(0)
    settings = recipe_settings("lstm-attention", V, dim=8, max_len=9, encoder="none", **changes)
    return build(settings).double().eval()


def test_without_encoder_and_attention_a_state_is_its_own_items_alone():
    model, batch = made(attention="none"), batch_of()
    close(model.attend(batch)[0], model.embedding(batch.items))
    assert model.layers == 0


def test_without_encoder_attention_mixes_the_item_vectors():
    model, batch = made(attention="bare", distance=False), batch_of()
    context, (weights,) = model.attend(batch, need_weights=True)
    vectors = model.embedding(batch.items)
    close(context, weights[:, 0] @ vectors)
    scores = vectors[0, 3] @ vectors[0, :4].T
    close(weights[0, 0, 3, :4], scores.softmax(0))


@pytest.mark.parametrize("setting", ["layers", "packed"])
def test_what_belongs_to_an_encoder_is_refused_without_one(setting):
    with pytest.raises(ValueError, match=f"{setting} changes nothing .*: encoder is none"):
        made(**{setting: 2 if setting == "layers" else True})
