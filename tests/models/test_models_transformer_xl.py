"""Transformer-XL: what its memory holds, how far it sees, and that nothing is left over."""

from dataclasses import replace

import pytest
import torch
from tiny_models import MAX_LEN, V, batch_of, close, model_of

from seqrec_lib.attention.segments import relative_shift, segment_mask, windows
from seqrec_lib.models import build, recipe_settings

FULL = (MAX_LEN, MAX_LEN)


def history(seed=0):
    return batch_of(FULL, width=MAX_LEN, seed=seed)


def test_one_layer_with_enough_memory_is_one_long_pass():
    whole = model_of("transformer-xl", layers=1, segment=MAX_LEN, memory=0)
    cut = model_of("transformer-xl", layers=1, segment=2, memory=MAX_LEN)
    cut.load_state_dict(whole.state_dict())
    close(cut.hidden(history()), whole.hidden(history()))
    short = model_of("transformer-xl", layers=1, segment=2, memory=2)
    short.load_state_dict(whole.state_dict())
    assert not torch.allclose(short.hidden(history()), whole.hidden(history()))


def test_two_layers_with_enough_memory_are_one_long_pass_too():
    """The lower layer's states are the same, so what the upper one remembers is the same."""
    whole = model_of("transformer-xl", segment=MAX_LEN, memory=0)
    cut = model_of("transformer-xl", segment=4, memory=MAX_LEN)
    cut.load_state_dict(whole.state_dict())
    close(cut.hidden(history()), whole.hidden(history()))


def test_without_memory_each_segment_begins_anew():
    model, batch = model_of("transformer-xl", segment=3, memory=0), history()
    states = model.hidden(batch)
    for first in (0, 3, 6):
        alone = replace(batch, items=batch.items[:, first : first + 3], lengths=torch.tensor([3, 3]))
        close(model.hidden(alone), states[:, first : first + 3])


def test_memory_changes_no_weight_in_number():
    sizes = {
        memory: sum(
            weight.numel()
            for weight in build(recipe_settings("transformer-xl", V, memory=memory)).parameters()
        )
        for memory in (0, 16, 48)
    }
    assert len(set(sizes.values())) == 1


def test_memory_carries_no_gradient_and_the_states_are_those_with_one():
    stopped = model_of("transformer-xl", segment=3, memory=3)
    flowing = model_of("transformer-xl", segment=3, memory=3, stop_gradient=False)
    flowing.load_state_dict(stopped.state_dict())
    close(stopped.hidden(history()), flowing.hidden(history()))
    for model, moved in ((stopped, False), (flowing, True)):
        vectors = model.item_vectors(history()).detach().requires_grad_()
        model.item_vectors = lambda batch, given=vectors: given
        model.hidden(history())[:, 6:].square().sum().backward()
        assert bool((vectors.grad[:, :6] != 0).any()) == moved
        assert bool((vectors.grad[:, 6:] != 0).any())


def test_keys_of_a_memory_still_train_the_maps():
    """The states in a memory are given; the maps that read them are not."""
    model = model_of("transformer-xl", layers=1, segment=3, memory=3)
    model.hidden(history())[:, 6:].square().sum().backward()
    whole = model.blocks[0].attention.key.weight.grad.clone()
    model.zero_grad()
    alone = replace(history(), items=history().items[:, 6:], lengths=torch.tensor([3, 3]))
    model.hidden(alone).square().sum().backward()
    assert not torch.allclose(model.blocks[0].attention.key.weight.grad, whole)


def test_nothing_is_left_over_between_two_batches():
    model = model_of("transformer-xl").train()
    first, other = history(0), history(1)
    model.eval()
    before = model.hidden(other)
    model.train()
    model.hidden(first)
    close(model.eval().hidden(other), before)


@pytest.mark.parametrize("s, memory", [(1, 0), (1, 4), (3, 0), (3, 2), (2, 5)])
def test_shifted_scores_are_those_of_the_loop(s, memory):
    k = memory + s
    scores = torch.randn(2, s, k, generator=torch.Generator().manual_seed(3))
    moved = relative_shift(scores)
    for i in range(s):
        for j in range(memory + i + 1):
            assert torch.equal(moved[:, i, j], scores[:, i, k - 1 - (memory + i - j)])


@pytest.mark.parametrize("steps, segment, memory", [(7, 3, 5), (6, 3, 0), (4, 9, 2)])
def test_windows_hold_the_steps_that_the_mask_opens(steps, segment, memory):
    states = torch.arange(1.0, steps + 1)[None, :, None]
    cut, mask = windows(states, segment, memory)[0, :, :, 0], segment_mask(steps, segment, memory)
    for number in range(len(cut)):
        for i in range(segment):
            step = number * segment + i + 1  # from 1
            seen = cut[number][mask[number, i]]
            if step <= steps:
                wanted = torch.arange(max(1, number * segment + 1 - memory), step + 1.0)
                assert torch.equal(seen, wanted)


def test_padding_that_no_real_step_reaches_has_no_weights_and_no_nan():
    model = model_of("transformer-xl", segment=2, memory=2)
    weights = model.attention_weights(batch_of((1, 9), width=MAX_LEN))
    assert torch.isfinite(weights).all() and (weights[0, :, 5:] == 0).all()
    close(weights[1].sum(-1), torch.ones(1, MAX_LEN, dtype=torch.float64))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"memory": -1}, "memory is -1: it must be at least 0"),
        ({"segment": 0}, "segment is 0"),
        ({"heads": 3}, "3 heads must divide it"),
        ({"dim": 9}, "it must be even"),
        ({"memory": 0, "stop_gradient": False}, "stop_gradient changes nothing"),
        ({"layers": 1, "shared_bias": False}, "shared_bias changes nothing"),
    ],
)
def test_bad_settings_raise(changes, words):
    with pytest.raises(ValueError, match=words):
        build(recipe_settings("transformer-xl", V, **changes))
