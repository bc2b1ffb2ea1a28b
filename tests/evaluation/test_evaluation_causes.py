"""Attention beside the causes: which row, which distance, which event."""

import pytest
import torch

from seqrec_lib.data import Batch
from seqrec_lib.evaluation.causes import by_distance_mean, cause_report, last_weights
from seqrec_lib.models import build, recipe_settings


def test_the_last_real_row_is_taken_with_dropout_off():
    torch.manual_seed(0)
    model = build(recipe_settings("lstm-attention", n_items=9, dim=8, dropout=0.5)).train()
    batch = Batch(
        items=torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 0]]), lengths=torch.tensor([4, 2, 3])
    )
    found = last_weights(model, batch, size=2)
    assert found.shape == (3, 1, 4) and model.training
    whole = model.eval().attention_weights(batch)
    for n, length in enumerate(batch.lengths):
        torch.testing.assert_close(found[n, 0], whole[n, 0, length - 1])
    assert (found[1, 0, 2:] == 0).all()
    torch.testing.assert_close(found.sum(-1), torch.ones(3, 1))


def test_each_layer_of_a_transformer_has_its_own_last_row():
    torch.manual_seed(0)
    model = build(recipe_settings("sasrec", n_items=9, dim=8, heads=2, max_len=4)).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    batch = Batch(items=torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), lengths=torch.tensor([4, 2]))
    rows = [last_weights(model, batch, layer=layer) for layer in (0, 1)]
    for layer in (0, 1):
        whole = model.attention_weights(batch, layer)
        torch.testing.assert_close(rows[layer], torch.stack([whole[0, :, 3], whole[1, :, 1]]))
    assert not torch.allclose(*rows)
    torch.testing.assert_close(last_weights(model, batch), rows[1])


def test_distance_counts_from_the_end_of_each_history():
    weights = torch.tensor([[0.1, 0.2, 0.7, 0.0], [0.4, 0.6, 0.0, 0.0]])
    assert by_distance_mean(weights, torch.tensor([3, 2]), 3) == pytest.approx([0.65, 0.3, 0.1])


def test_distance_stops_where_no_history_is_that_long():
    assert len(by_distance_mean(torch.ones(1, 5), torch.tensor([2]), 5)) == 2


def test_the_report_counts_only_what_is_beyond_doubt():
    weights = torch.tensor([[[0.2, 0.3, 0.5]], [[0.6, 0.3, 0.1]], [[0.9, 0.1, 0.0]]])
    posterior = torch.tensor([[0.0, 0.0, 0.95, 0.05], [1.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5]])
    predictive = torch.tensor([[0.1, 0.1, 0.2, 0.6], [0.3, 0.0, 0.1, 0.6], [0.1, 0.1, 0.0, 0.8]])
    table = cause_report(weights, posterior, predictive, torch.tensor([3, 3, 2]))
    assert table.columns[1].endswith("(1)") and table.columns[2].endswith("(1)")
    rows = table.set_index(table.columns[0])
    assert rows.loc["head 1"].tolist() == pytest.approx([0.5, 0.6])
    assert rows.loc["same weight everywhere"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert rows.loc["the last item only"].tolist() == pytest.approx([1.0, 0.0])
    assert rows.loc["the oracle, looking ahead"].tolist() == pytest.approx([0.5, 0.75])


def test_a_short_history_shares_its_weight_among_its_own_items():
    """The same weight everywhere is 1 / length: padding takes no part."""
    posterior = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    table = cause_report(torch.ones(2, 1, 3) / 3, posterior, posterior, torch.tensor([2, 2]))
    rows = table.set_index(table.columns[0])
    assert rows.loc["same weight everywhere"].tolist() == pytest.approx([0.5, 0.5])
