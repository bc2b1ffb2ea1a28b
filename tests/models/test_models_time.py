"""TiSASRec and HSTU: what they read of times, what padding changes, and what a log without times is told."""

from dataclasses import replace

import pytest
import torch

from seqrec_lib.data import Batch, DataError
from seqrec_lib.models import build, recipe_settings

EPOCH = 1_600_000_000.0
TIMED = {
    "tisasrec": ("tisasrec", {"unit": "smallest", "span": 40}),
    "tisasrec in days": ("tisasrec", {"unit": "fixed", "unit_minutes": 1440}),
    "tisasrec in buckets": ("tisasrec", {"unit": "log", "span": 63}),
    "hstu, both": ("hstu", {"bias": "both"}),
    "hstu, time": ("hstu", {"bias": "time"}),
    "sasrec, times": ("sasrec", {"positions": "end+times", "request": True}),
}
UNTIMED = {"tisasrec": {"unit": "none"}, "hstu": {"bias": "position"}}


def made(name, changes, layers=2):
    torch.manual_seed(0)
    model = build(recipe_settings(name, 9, dim=8, layers=layers, max_len=12, dropout=0.0, **changes)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.5)
    return model.requires_grad_(False)


@pytest.fixture
def batch():
    times = torch.tensor([[0, 7e5, 7.1e5, 4e6], [50, 80, 0, 0]], dtype=torch.float64)
    return Batch(
        torch.tensor([[3, 9, 1, 4], [5, 2, 0, 0]]),
        torch.tensor([4, 2]),
        times=EPOCH + times,
        query_time=EPOCH + torch.tensor([9e6, 3e5], dtype=torch.float64),
    )


@pytest.mark.parametrize("case", TIMED)
def test_padding_and_the_rows_beside_a_row_change_nothing(case, batch):
    model = made(*TIMED[case])
    alone = batch.rows(slice(1, 2)).trim(2)
    wide = replace(
        batch,
        items=torch.cat([batch.items, torch.zeros(2, 7, dtype=torch.long)], 1),
        times=torch.cat([batch.times, torch.full((2, 7), 3e9, dtype=torch.float64)], 1),
    )
    for other in (batch, wide):
        torch.testing.assert_close(model.score(other)[1:], model.score(alone))


@pytest.mark.parametrize("case", TIMED)
def test_no_state_knows_a_later_item(case, batch):
    model = made(*TIMED[case])
    changed = batch.items.clone()
    changed[0, 3] = 7
    one, two = model.hidden(batch), model.hidden(replace(batch, items=changed))
    assert torch.equal(one[0, :3], two[0, :3]) and not torch.equal(one[0, 3], two[0, 3])


@pytest.mark.parametrize("case", TIMED)
def test_a_shift_of_all_times_changes_nothing(case, batch):
    model = made(*TIMED[case])
    later = replace(batch, times=batch.times + 86400, query_time=batch.query_time + 86400)
    torch.testing.assert_close(model.score(later), model.score(batch))


@pytest.mark.parametrize(("case", "blind"), [(case, case == "tisasrec") for case in TIMED])
def test_only_a_users_own_unit_is_blind_to_the_pace(case, blind, batch):
    model = made(*TIMED[case])
    faster = replace(batch, times=batch.times / 64, query_time=batch.query_time / 64)
    same = torch.allclose(model.score(faster), model.score(batch), atol=1e-5)
    assert same == blind


@pytest.mark.parametrize(("name", "changes"), [("tisasrec", {"unit": "log"}), ("hstu", {})])
@pytest.mark.parametrize("request_known", [True, False])
def test_the_request_is_read_only_where_it_is_asked_for(name, changes, request_known, batch):
    model = made(name, {**changes, "request": request_known})
    later = replace(batch, query_time=batch.query_time + 3e7)
    assert torch.equal(model.score(later), model.score(batch)) != request_known
    assert model.reads_request == request_known


@pytest.mark.parametrize("case", TIMED)
def test_a_log_without_times_gets_a_clear_error(case, batch):
    with pytest.raises(DataError, match="time"):
        made(*TIMED[case]).score(replace(batch, times=None, query_time=None))


@pytest.mark.parametrize("name", UNTIMED)
def test_without_a_part_for_times_it_runs_on_such_a_log(name, batch):
    model = made(name, UNTIMED[name])
    assert model.score(replace(batch, times=None, query_time=None)).shape == (2, 10)


@pytest.mark.parametrize("case", ["tisasrec", "hstu, both"])
def test_what_attention_weighs_can_be_read(case, batch):
    weights = made(*TIMED[case]).attention_weights(batch)
    assert weights.shape == (2, 1, 4, 4) and (weights.triu(1) == 0).all()
    assert (weights[1, :, :2, 2:] == 0).all(), "padding is no key"
    sums = torch.allclose(weights[0].sum(-1), torch.ones(4))
    assert sums == (case == "tisasrec"), "pointwise weights do not sum to 1"


def test_a_norm_hides_from_scores_how_much_hstu_has_read(batch):
    """Each event twice: attention's sum doubles over twice the count, and what comes out hardly differs."""
    model = made("hstu", {"bias": "none"}, layers=1)
    twice = replace(
        batch.rows(slice(0, 1)),
        items=batch.items[:1].repeat_interleave(2, 1),
        lengths=torch.tensor([8]),
        times=batch.times[:1].repeat_interleave(2, 1),
    )
    torch.testing.assert_close(model.score(twice), model.score(batch)[:1], rtol=1e-3, atol=1e-3)
