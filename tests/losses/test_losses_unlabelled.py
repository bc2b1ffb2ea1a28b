"""Slates without labels, and attributes: what is kept, what is a constant, what is refused."""

import pytest
import torch

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.batch import Batch as Slates
from seqrec_lib.losses.attributes import attribute_vectors, item_attributes
from seqrec_lib.losses.objectives import ClicksObjective
from seqrec_lib.losses.unlabelled import Consistency, PseudoLabels, left_out, pseudo_labels
from seqrec_lib.models.latent_classes import fit_classes

SHOWN = torch.tensor([[2, 5, 1], [3, 1, 0]])
SLATES = Slates(items=torch.tensor([[1, 2, 3], [4, 0, 0]]), lengths=torch.tensor([3, 1]), candidates=SHOWN)


class Given(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Parameter(torch.tensor([[4.0, -4.0, 0.1], [-3.0, 0.2, 9.0]]))

    def score(self, batch, candidates):
        return self.table + 0.1 * batch.lengths[:, None]


def test_a_label_is_kept_where_the_model_is_sure_of_either_answer():
    labels, kept = pseudo_labels(torch.tensor([0.95, 0.5, 0.05, 0.7]), 0.9)
    assert labels.tolist() == [1, 0, 0, 1] and kept.tolist() == [True, False, True, False]
    for wrong in (0.4, 1.2):
        with pytest.raises(ValueError, match="from 0.5 to 1"):
            pseudo_labels(torch.zeros(2), wrong)


def test_unsure_places_and_padding_get_no_gradient():
    model = Given()
    PseudoLabels(ClicksObjective(), SLATES, 1.0, 0.9).loss(model, SLATES, torch.Generator()).backward()
    slope = model.table.grad
    assert slope[0, 2] == slope[1, 1] == slope[1, 2] == 0
    assert slope[0, 0] < 0 < slope[0, 1]  # ever surer of what it says already
    assert model.training


def test_only_the_changed_history_is_pulled():
    model = Given()
    chance = torch.Generator().manual_seed(0)
    value = Consistency(ClicksObjective(), SLATES, 1.0, dropped=0.7).loss(model, SLATES, chance)
    assert value > 0
    p = (model.table + 0.3).sigmoid()[0].detach()
    value.backward()
    q = (model.table + 0.1).sigmoid()[0].detach()
    expected = 2 * (q - p) * q * (1 - q) / 5
    torch.testing.assert_close(model.table.grad[0], expected)


def test_a_history_never_becomes_empty():
    gone = torch.tensor([[True, False, True], [True, True, True]])
    found = left_out(SLATES, gone)
    assert found.items.tolist() == [[2, 0, 0], [4, 0, 0]] and found.lengths.tolist() == [1, 1]


def test_the_weight_rises_and_labels_are_not_read():
    task = PseudoLabels(ClicksObjective(), SLATES, 0.5, ramp=4)
    assert task.slates.labels is None and task.name == "clicks+pseudo:weight=0.5,threshold=0.9"
    for wrong in ({"weight": -1.0}, {"weight": 1.0, "ramp": 0}):
        with pytest.raises(ValueError):
            PseudoLabels(ClicksObjective(), SLATES, **wrong)
    with pytest.raises(ValueError, match="need candidates"):
        Consistency(ClicksObjective(), Batch(items=SLATES.items, lengths=SLATES.lengths), 1.0)


def test_attributes_are_words_and_fifths_of_numbers():
    shop = simulate("shop", users=20, seed=0)
    table, names = item_attributes(shop.log)
    assert table.shape == (shop.n_items + 1, len(names)) and not table[0].any()
    price = [n for n, name in enumerate(names) if name.startswith("price")]
    assert len(price) == 5 and bool((table[1:, price].sum(1) == 1).all())
    assert not any(name.startswith("text") for name in names)  # each line of text names its item
    items = torch.randn(shop.n_items + 1, 4)
    having = table[:, 0] > 0
    torch.testing.assert_close(attribute_vectors(items, table)[0], items[having].mean(0))


def test_classes_are_found_where_clicks_tell_them():
    draw = torch.Generator().manual_seed(1)
    kind = torch.randint(2, (600,), generator=draw)
    shown = torch.rand(600, 8, generator=draw).argsort(1)[:, :6] + 1
    liked = (shown > 4).long() == kind[:, None]
    clicks = (torch.rand(600, 6, generator=draw) < torch.where(liked, 0.8, 0.1)).long()
    ones = torch.ones(600, 1, dtype=torch.int64)
    slates = Slates(items=ones, lengths=ones[:, 0], candidates=shown, labels=clicks)
    found = fit_classes(slates, 8, 2, seed=0)
    assert abs(float(found.prior[0]) - 0.5) < 0.1 and not found.yes[0].any()
    low, high = found.yes[1:5].mean(0).sort().values
    assert low < 0.2 and high > 0.7
    with pytest.raises(ValueError, match="at least 1"):
        fit_classes(slates, 8, 0)
