"""Lines of teaching that could once be broken without a test noticing."""

import pytest
import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.teaching.exercises.listing.model import ListingModel
from seqrec_lib.teaching.figures import parts
from seqrec_lib.teaching.widgets import model_in_page


def test_the_table_of_stacked_bars_names_its_parts():
    picture = parts([("shop", [0.05, 0.1])], ["clock", "model"], "the gap")
    assert list(picture.table.columns) == ["", "clock", "model"]


def test_a_start_fills_the_models_memory_and_no_more():
    model = build(recipe_settings("lstm-attention", 9, dim=8, max_len=4))
    titles = [str(n) for n in range(10)]
    model_in_page(model, titles, {"short": [1], "full": [1, 2, 3, 4]})
    with pytest.raises(ValueError, match="start 'long': at most 4 items"):
        model_in_page(model, titles, {"long": [1, 2, 3, 4, 5]})


def test_the_listing_scores_candidates_by_their_numbers():
    split = leave_one_out(simulate("video", users=20, seed=1), max_len=10)
    torch.manual_seed(0)
    model = ListingModel(split.log.n_items, max_len=10).eval()
    batch, candidates = split.test.batch, torch.tensor([[3, 1]]).expand(len(split.test), 2)
    torch.testing.assert_close(model.score(batch, candidates), model.score(batch)[:, [3, 1]])
