"""What is special about NARM and STAMP; the suites over the registry hold for them too."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import batch_of, close, model_of


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_narm_is_what_its_equations_say():
    model, batch = model_of("narm"), batch_of((5,), width=5)
    states = model.encoder(model.item_vectors(batch))[0][0].detach().numpy()  # (T, D)
    a1, a2, v, b = (
        w.detach().numpy() for w in (model.query.weight, model.key.weight, model.v, model.bilinear.weight)
    )
    for t in range(5):
        alpha = [v @ sigmoid(a1 @ states[t] + a2 @ states[j]) for j in range(t + 1)]
        context = sum(a * states[j] for j, a in enumerate(alpha))
        state = b @ np.concatenate([context, states[t]])
        close(model.hidden(batch)[0, t].detach(), torch.from_numpy(state), 1e-10)
        close(model.attention_weights(batch)[0, 0, t, : t + 1].detach(), torch.tensor(alpha), 1e-10)


def test_narm_without_softmax_weighs_as_it_likes_and_with_it_sums_to_one():
    batch = batch_of()
    free = model_of("narm").attention_weights(batch)[:, 0]
    assert not torch.allclose(free.sum(-1), torch.ones(1).double(), atol=0.05)
    tied = model_of("narm", normalise=True).attention_weights(batch)[:, 0]
    close(tied.sum(-1), torch.ones_like(tied.sum(-1)), 1e-6)


def test_narm_without_its_look_is_the_last_state_alone():
    model, batch = model_of("narm", look=False), batch_of()
    assert model.layers == 0
    states = model.encoder(model.item_vectors(batch))[0]
    close(model.hidden(batch), model.bilinear(states))
    with pytest.raises(ValueError, match="normalise changes nothing in this narm"):
        model_of("narm", look=False, normalise=True)


@pytest.mark.parametrize("add_mean", [False, True])
def test_stamp_is_what_its_equations_say(add_mean):
    model, batch = model_of("stamp", add_mean=add_mean), batch_of((5,), width=5)
    x = model.item_vectors(batch)[0].detach().numpy()  # (T, D)
    part = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    for t in range(5):
        mean = x[: t + 1].mean(0)
        asks = part["of_last.weight"] @ x[t] + part["of_mean.weight"] @ mean + part["of_mean.bias"]
        alpha = [part["w"] @ sigmoid(part["of_item.weight"] @ x[j] + asks) for j in range(t + 1)]
        memory = sum(a * x[j] for j, a in enumerate(alpha)) + (mean if add_mean else 0)
        long = np.tanh(part["long.weight"] @ memory + part["long.bias"])
        short = np.tanh(part["short.weight"] @ x[t] + part["short.bias"])
        close(model.hidden(batch)[0, t].detach(), torch.from_numpy(long * short), 1e-10)


def test_stamp_knows_the_last_item_and_the_set_of_the_others():
    batch = batch_of((6,))
    order = [3, 0, 4, 1, 2, 5]  # the last item stays last
    other = replace(batch, items=batch.items[:, order])
    stamp, narm = model_of("stamp"), model_of("narm")
    close(stamp.score(batch)[:, 1:], stamp.score(other)[:, 1:], 1e-10)
    assert float((narm.score(batch) - narm.score(other))[:, 1:].abs().max()) > 1e-3
    swapped = replace(batch, items=batch.items[:, [0, 1, 2, 3, 5, 4]])  # another last item
    assert float((stamp.score(batch) - stamp.score(swapped))[:, 1:].abs().max()) > 1e-3
