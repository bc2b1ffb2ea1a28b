"""Hidden items: which they are, what the loss reads of them, and that chance is the run's own."""

from types import SimpleNamespace

import pytest
import torch
from tiny_models import V, batch_of, close, model_of

from seqrec_lib.losses import LOSSES, plain_cross_entropy
from seqrec_lib.losses.masked import MaskedObjective, draw_gaps, with_last_target
from seqrec_lib.losses.objectives import usual_objective

LENGTHS = torch.tensor([1, 2, 3, 7, 10, 10])


def gaps_of(share, last=0.0, seed=0, width=12):
    return draw_gaps(LENGTHS, width, share, last, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("share, counts", [(0.2, [1, 1, 1, 1, 2, 2]), (0.5, [1, 1, 2, 4, 5, 5]),
                                           (1.0, [1, 2, 3, 7, 10, 10]), (0.01, [1] * 6)])  # fmt: skip
def test_a_row_hides_its_share_and_at_least_one_item(share, counts):
    for seed in range(5):
        gaps = gaps_of(share, seed=seed)
        assert gaps.sum(1).tolist() == counts
        assert not gaps[torch.arange(12) >= LENGTHS[:, None]].any()


def test_each_item_of_a_row_is_hidden_as_often_as_any_other():
    long = torch.full((4000,), 9)
    often = draw_gaps(long, 9, 1 / 3, 0.0, torch.Generator().manual_seed(1)).double().mean(0)
    assert float((often - 1 / 3).abs().max()) < 5 * (2 / 9 / 4000) ** 0.5


def test_the_last_item_alone_is_hidden_in_as_many_rows_as_was_said():
    assert torch.equal(gaps_of(0.5, last=1.0).nonzero()[:, 1], LENGTHS - 1)
    long = torch.full((4000,), 9)
    gaps = draw_gaps(long, 9, 0.5, 0.25, torch.Generator().manual_seed(1))  # half of 9, rounded to even: 4
    alone = (gaps.sum(1) == 1).double().mean()
    assert abs(float(alone) - 0.25) < 5 * (0.25 * 0.75 / 4000) ** 0.5
    assert gaps[gaps.sum(1) == 1][:, -1].all() and set(gaps.sum(1).tolist()) == {1, 4}


def test_the_seed_decides_what_is_hidden():
    assert torch.equal(gaps_of(0.5), gaps_of(0.5)) and not torch.equal(gaps_of(0.5), gaps_of(0.5, seed=1))


def rows():
    """Rows of training: what follows each step is its target."""
    batch = batch_of((6, 1, 4, 3))
    batch.targets = torch.zeros_like(batch.items)
    batch.targets[:, :-1] = batch.items[:, 1:]
    batch.targets = batch.targets.scatter(1, batch.lengths[:, None] - 1, torch.tensor([[3], [7], [1], [10]]))
    return batch


def test_rows_are_whole():
    batch = rows()
    whole = with_last_target(batch)
    assert whole.items.shape == (4, 7) and torch.equal(whole.lengths, batch.lengths + 1)
    for row, length in enumerate(batch.lengths.tolist()):
        kept = batch.items[row, :length].tolist() + [int(batch.targets[row, length - 1])]
        assert whole.items[row].tolist() == kept + [0] * (6 - length)


def chance(masks=0, negatives=0):
    seeds = {"masks": masks, "negatives": negatives}
    return {name: torch.Generator().manual_seed(seed) for name, seed in seeds.items()}


def test_only_what_is_hidden_is_a_target():
    """The loss by hand, over the hidden items; the vectors of seen items get no push as targets."""
    model, batch = model_of("bert4rec", masked=0.5, mask_last=0.0), rows()
    value, count = MaskedObjective(plain_cross_entropy)(model, batch, chance())
    whole = with_last_target(batch)
    gaps = draw_gaps(whole.lengths, 7, 0.5, 0.0, torch.Generator().manual_seed(0))
    scores = model.fill(whole, gaps) @ model.item_matrix()[1:].T  # (B, T, V)
    by_hand = [
        -scores[row, step].log_softmax(0)[whole.items[row, step] - 1]
        for row in range(4)
        for step in range(7)
        if gaps[row, step]
    ]
    assert count == len(by_hand) == int(gaps.sum())
    close(value, torch.stack(by_hand).mean())


def test_what_is_hidden_cannot_be_seen():
    model, whole = model_of("bert4rec"), with_last_target(rows())
    gaps = draw_gaps(whole.lengths, 7, 0.4, 0.0, torch.Generator().manual_seed(3))
    other = with_last_target(rows())
    other.items = torch.where(gaps, other.items % V + 1, other.items)
    assert torch.equal(model.fill(whole, gaps), model.fill(other, gaps))


def test_chance_of_items_and_of_masks_are_apart():
    """Two losses that draw differently hide the same items; another seed of masks hides others."""
    model, seen = model_of("bert4rec"), []

    def kept(hidden, targets, items, generator=None, negatives=0):
        seen.append(targets.tolist())
        torch.rand(3, generator=generator)
        return hidden.sum()

    for masks, negatives in ((0, 0), (0, 5), (1, 0)):
        MaskedObjective(kept)(model, rows(), chance(masks, negatives))
    assert seen[0] == seen[1] and seen[0] != seen[2]


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "in-batch"])
def test_every_loss_takes_hidden_items(name):
    model = model_of("bert4rec")
    objective = usual_objective(model, name, LOSSES[name], 3, False)
    assert objective.name == "masked"
    value, _ = objective(model, rows(), chance())
    value.backward()
    assert torch.isfinite(value) and model.bias.grad.abs().max() > 0


def test_in_batch_knows_popularity():
    """As for the next item: shares of the training targets."""
    model, batch = model_of("bert4rec"), rows()
    objective = usual_objective(model, "in-batch", LOSSES["in-batch"], 3, False)
    split = SimpleNamespace(train=batch, log=SimpleNamespace(n_items=V))
    objective.prepare(model, split)
    value, _ = objective(model, batch, chance())
    assert torch.isfinite(value)
    assert float(objective.loss.keywords["popularity"].sum()) == pytest.approx(1)
