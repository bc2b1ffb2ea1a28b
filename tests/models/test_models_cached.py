"""A history that grows by one event at a time has the scores of a full pass at every length."""

import pytest
import torch
from tiny_models import MAX_LEN, V, batch_of, close, model_of

from seqrec_lib.models.cached import CachedSASRec

CASES = {
    "start": {"positions": "start"},
    "distance, two heads": {"positions": "distance", "heads": 2},
    "both, post-norm": {"positions": "both", "norm": "post", "heads": 2},
    "start, query-norm, one layer": {"positions": "start", "norm": "query", "layers": 1},
    "distance, untied mlp": {"positions": "distance", "tied": False, "head": "mlp"},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_every_event_gives_the_scores_of_a_full_pass(changes):
    model, batch = model_of("sasrec", **changes), batch_of((MAX_LEN,) * 3, width=MAX_LEN)
    cache = CachedSASRec(model, 3)
    for step in range(MAX_LEN):
        cache.extend(batch.items[:, step])
        part = batch.trim(step + 1)
        part.lengths = torch.full((3,), step + 1)
        close(cache.scores(), model.score(part).detach())
        assert cache.numbers == 2 * model.layers * (step + 1) * 8
    with pytest.raises(ValueError, match="9 events already"):
        cache.extend(batch.items[:, 0])


def test_histories_do_not_touch_each_other_and_a_new_cache_is_empty():
    model, batch = model_of("sasrec", positions="start"), batch_of((6, 6, 6))
    cache = CachedSASRec(model, 3)
    for step in range(6):
        cache.extend(batch.items[:, step])
    again = CachedSASRec(model, 1)
    for step in range(6):
        again.extend(batch.items[1:2, step])
    close(again.scores()[0], cache.scores()[1])
    with pytest.raises(ValueError, match="a history is empty"):
        CachedSASRec(model).scores()


def test_dropout_is_off_and_the_model_keeps_its_mode():
    model = model_of("sasrec", positions="start").train()
    cache, batch = CachedSASRec(model), batch_of((4,), width=4)
    for step in range(4):
        cache.extend(batch.items[:, step])
    assert model.training
    close(cache.scores(), model.eval().score(batch).detach())


@pytest.mark.parametrize("positions, words", [("end", "another place"), ("end+distance", "another place")])
def test_places_from_the_end_are_refused(positions, words):
    with pytest.raises(ValueError, match=words):
        CachedSASRec(model_of("sasrec", positions=positions))
    with pytest.raises(ValueError, match="not built for"):
        CachedSASRec(model_of("sasrec", positions="rope", heads=2))


def test_bad_items_are_refused():
    cache = CachedSASRec(model_of("sasrec", positions="start"), 2)
    for items in (torch.tensor([1]), torch.tensor([0, 3]), torch.tensor([1, V + 1])):
        with pytest.raises(ValueError, match="items must be"):
            cache.extend(items)
