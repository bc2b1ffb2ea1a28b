"""Contrastive views and tasks: what a view may change, what is a negative, and that data stay as they are."""

from types import SimpleNamespace

import pytest
import torch
from tiny_models import V

from seqrec_lib.data import Batch
from seqrec_lib.data.augmenting import choose_steps, correlated_items, crop, insert, reorder, substitute
from seqrec_lib.data.same_target import SameTarget, prefixes
from seqrec_lib.losses import plain_cross_entropy
from seqrec_lib.losses.contrastive import ContrastiveObjective, info_nce
from seqrec_lib.losses.objectives import usual_objective
from seqrec_lib.models import build, recipe_settings

ITEMS = torch.tensor([[4, 9, 2, 7, 1, 3, 8], [5, 6, 0, 0, 0, 0, 0], [10, 11, 4, 2, 0, 0, 0]])
HISTORY = Batch(items=ITEMS, lengths=torch.tensor([7, 2, 4]))
TARGETS = torch.tensor([[9, 2, 7, 1, 3, 8, 2], [6, 2, 0, 0, 0, 0, 0], [11, 4, 2, 5, 0, 0, 0]])
TRAIN = Batch(items=ITEMS, lengths=HISTORY.lengths, targets=TARGETS)
TRAIN.steps = (TARGETS > 0).flatten().nonzero()[:, 0]
PARTNERS = torch.tensor([0, 5, 6, 5, 10, 1, 2, 11, 6, 1, 3, 9])
CHANGES = {
    "crop": lambda chance: crop(HISTORY, 0.6, chance),
    "crop-end": lambda chance: crop(HISTORY, 0.6, chance, end=True),
    "reorder": lambda chance: reorder(HISTORY, 0.6, chance),
    "insert": lambda chance: insert(HISTORY, 0.6, PARTNERS, chance),
    "substitute": lambda chance: substitute(HISTORY, 0.6, PARTNERS, chance),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_leaves_the_data_alone_and_pads_at_the_end(name):
    before = HISTORY.items.clone()
    for seed in range(20):
        changed = CHANGES[name](seeded(seed))
        assert torch.equal(HISTORY.items, before) and changed.items.shape == before.shape
        assert torch.equal(changed.items > 0, changed.mask()) and bool((changed.lengths >= 1).all())
        assert changed.items.data_ptr() != before.data_ptr()


def test_a_crop_is_one_piece_and_any_piece_may_come():
    found = set()
    for seed in range(200):
        cut = crop(HISTORY, 0.6, seeded(seed))
        assert cut.lengths.tolist() == [4, 1, 2]
        row = cut.items[0, :4].tolist()
        start = ITEMS[0].tolist().index(row[0])
        assert row == ITEMS[0, start : start + 4].tolist()
        found.add(start)
    assert found == {0, 1, 2, 3}
    assert crop(HISTORY, 0.6, seeded(), end=True).items[0, :4].tolist() == [7, 1, 3, 8]


def test_a_reordered_history_has_the_same_items_and_moves_a_window_alone():
    moved = set()
    for seed in range(100):
        row = reorder(HISTORY, 0.6, seeded(seed)).items[0]
        assert sorted(row.tolist()) == sorted(ITEMS[0].tolist())
        places = (row != ITEMS[0]).nonzero().flatten()
        assert not len(places) or int(places.max() - places.min()) < 4
        moved |= set(places.tolist())
    assert moved == set(range(7))


def test_no_item_comes_twice_where_items_are_inserted_or_substituted():
    for seed in range(50):
        for name in ("insert", "substitute"):
            changed = CHANGES[name](seeded(seed))
            for row, length in zip(changed.items, changed.lengths, strict=True):
                real = row[:length].tolist()
                assert len(set(real)) == len(real)
    full = insert(HISTORY, 1.0, PARTNERS, seeded())
    assert full.lengths.max() == 7 and full.items[0, -1] == 8  # what is cut off is the oldest


def test_a_share_of_the_steps_is_chosen_and_padding_never():
    chosen = choose_steps(HISTORY, 0.5, seeded())
    assert chosen.sum(1).tolist() == [3, 1, 2] and not chosen[~HISTORY.mask()].any()
    for wrong in (0.0, 1.5):
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            choose_steps(HISTORY, wrong, seeded())


def test_partners_stand_near_each_other_unusually_often():
    rows = torch.tensor([[1, 2, 9, 9], [3, 1, 2, 9], [9, 3, 4, 9], [5, 6, 9, 0]])
    found = correlated_items(Batch(items=rows, lengths=torch.tensor([4, 4, 4, 3])), 9, reach=1)
    assert found[1] == 2 and found[2] == 1 and found[7] == 0 and found[0] == 0 and found[5] == 6


def test_a_history_with_the_same_target_is_somebody_elses_where_there_is_one():
    index = SameTarget(TRAIN, V)
    own = torch.zeros(200, dtype=torch.int64)
    drawn = index.draw(torch.full((200,), 2), seeded(), own)
    ends = {tuple(row[:n].tolist()) for row, n in zip(drawn.items, drawn.lengths, strict=True)}
    assert {(5, 6), (10, 11, 4)} <= ends and (4, 9) not in ends
    alone = index.draw(torch.tensor([5]), seeded(), torch.tensor([2]))
    assert alone.items[0, :4].tolist() == [10, 11, 4, 2]
    assert prefixes(HISTORY, torch.tensor([2, 1, 3])).items.tolist() == [[4, 9, 0], [5, 0, 0], [10, 11, 4]]


def test_a_false_negative_can_be_taken_out_and_the_partner_never_is():
    one = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    same = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    assert info_nce(one, one, same=same) < info_nce(one, one)
    assert torch.equal(info_nce(one, one, same=torch.eye(3, dtype=torch.bool)), info_nce(one, one))
    assert torch.isfinite(info_nce(one, one, same=torch.ones(3, 3, dtype=torch.bool)))


def contrasted(name="cl4srec", **changes):
    torch.manual_seed(0)
    model = build(recipe_settings(name, V, dim=8, max_len=9, dropout=0.0, **changes))
    batch = TRAIN
    task = usual_objective(model, "ce", plain_cross_entropy, 1, False)
    task.prepare(model, SimpleNamespace(train=batch, log=SimpleNamespace(n_items=V)))
    return model, batch, task


def chances(seed=0):
    return {name: seeded(seed) for name in ("negatives", "masks")}


@pytest.mark.parametrize("views", ["cl4srec", "crop", "crop-end", "mask", "reorder", "insert", "substitute",
                                   "dropout", "same-target"])  # fmt: skip
def test_each_kind_of_view_trains_and_chance_is_the_runs_own(views):
    model, batch, task = contrasted(views=views)
    assert isinstance(task, ContrastiveObjective)
    before = batch.items.clone()
    first, second = (task(model, batch, chances())[0] for _ in range(2))
    assert torch.equal(first, second) and torch.equal(batch.items, before)
    first.backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_the_vector_of_a_gap_learns_and_is_no_recommendation():
    model, batch, task = contrasted(views="mask", hidden=0.5)
    task(model, batch, chances())[0].backward()
    assert model.gap.grad.abs().max() > 0
    assert model.item_matrix().shape[0] == V + 1 and model.score(batch).shape[1] == V + 1
    assert contrasted(views="crop")[0].gap is None


def test_without_weight_it_is_the_loss_of_the_next_item():
    model, batch, task = contrasted(weight=0.0)
    assert torch.equal(task(model, batch, chances())[0], task.inner(model, batch, chances())[0])


@pytest.mark.parametrize("wrong", [{"weight": -1.0}, {"tau": 0.0}, {"keep": 0.0}, {"views": "cropp"},
                                   {"views": "crop", "hidden": 0.2}])  # fmt: skip
def test_a_setting_that_is_wrong_or_idle_is_refused(wrong):
    with pytest.raises(ValueError):
        recipe_settings("cl4srec", V, **wrong)
