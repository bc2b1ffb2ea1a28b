"""Explanations against what is known beforehand: additive games, sums, padding, and loops written out."""

import itertools
import math

import pytest
import torch
from tiny_models import V, batch_of, model_of

from seqrec_lib.data import Batch
from seqrec_lib.explain import (
    METHODS,
    Game,
    exact_shapley,
    explain,
    explain_all,
    interactions,
    log_probability,
    occlusion,
    one_row,
    shapley,
)
from seqrec_lib.explain.absent import deleted, fillers, replaced
from seqrec_lib.explain.gradients import integrated_gradients, item_vectors, slopes
from seqrec_lib.messages import InputError

HISTORY = one_row([3, 7, 1, 9, 4])
WITH_WEIGHTS = [name for name in METHODS if name != "captum"]


class Additive:
    """Scores item ``i`` by a number for each event, whatever its place; all other items have 0."""

    n_items = 40
    worth = torch.linspace(-1.0, 1.0, 41, dtype=torch.float64)

    def score(self, batch, candidates=None):
        scores = torch.zeros(len(batch), 41, dtype=torch.float64)
        scores[:, 20] = (self.worth[batch.items] * batch.mask()).sum(1)
        return scores


class LogAdditive(Additive):
    """log p of item 20 is that sum less 9, exactly: the other items share the rest."""

    def score(self, batch, candidates=None):
        p = (super().score(batch)[:, 20] - 9).exp()
        scores = ((1 - p) / 39).log()[:, None].repeat(1, 41)
        scores[:, 20] = p.log()
        return scores


@pytest.mark.parametrize("method", WITH_WEIGHTS)
@pytest.mark.parametrize("name", ["lstm-attention", "sasrec"])
def test_each_method_answers_for_each_event_and_for_no_padding(name, method):
    model, batch = model_of(name), batch_of()
    items = torch.tensor([2, 5, 7, 11, 1])
    found = explain_all(model, batch, items, method)
    assert found.shape == batch.items.shape and found.dtype == torch.float64
    assert (found[~batch.mask()] == 0).all() and found.isfinite().all()
    alone = explain(model, batch.rows(slice(2, 3)), 7, method)
    torch.testing.assert_close(alone, found[2, :4], rtol=1e-6, atol=1e-9)


def test_in_an_additive_game_all_removals_agree():
    game = Game(LogAdditive(), HISTORY, 20, draws=3)
    own = LogAdditive.worth[HISTORY.items[0]] - LogAdditive.worth[game.filler].mean(0)
    for found in (occlusion(game), exact_shapley(game), shapley(game, 1)):
        torch.testing.assert_close(found, own)
    torch.testing.assert_close(interactions(game), torch.zeros(5, 5, dtype=torch.float64), atol=1e-9, rtol=0)


def test_exact_shapley_is_the_mean_over_all_orders():
    game = Game(model_of("lstm-attention"), HISTORY, 6, draws=2)
    total = torch.zeros(5, dtype=torch.float64)
    for order in itertools.permutations(range(5)):
        keep = torch.zeros(1, 5, dtype=torch.bool)
        before = game(keep)[0]
        for j in order:
            keep[0, j] = True
            after = game(keep)[0]
            total[j] += after - before
            before = after
    torch.testing.assert_close(exact_shapley(game), total / math.factorial(5))


def test_shapley_by_orders_adds_up_and_comes_near_the_exact_values():
    game = Game(model_of("sasrec"), HISTORY, 6)
    exact = exact_shapley(game)
    gap = game.whole() - game.empty()
    for orders in (1, 2, 7):
        torch.testing.assert_close(shapley(game, orders).sum(), gap)
    far = (shapley(game, 2) - exact).abs().mean()
    assert (shapley(game, 200) - exact).abs().mean() < far / 3


def test_interactions_are_second_differences():
    game = Game(model_of("lstm-attention"), HISTORY, 6)
    found = interactions(game)
    keep = torch.ones(4, 5, dtype=torch.bool)
    keep[1, 1] = keep[2, 3] = keep[3, 1] = keep[3, 3] = False
    whole, no_1, no_3, neither = game(keep)
    torch.testing.assert_close(found[1, 3], whole - no_1 - no_3 + neither)
    torch.testing.assert_close(found, found.T)


@pytest.mark.parametrize("name", ["lstm-attention", "sasrec", "gru4rec"])
def test_gradients_equal_finite_differences(name):
    model = model_of(name)
    vectors = item_vectors(model, HISTORY)
    slope, value = slopes(model, HISTORY, vectors, 6)
    torch.testing.assert_close(value[0], log_probability(model, HISTORY, 6)[0])
    step = 1e-5
    for place, feature in ((0, 1), (4, 3)):
        moved = vectors.clone()
        moved[0, place, feature] += step
        other = slopes(model, HISTORY, moved, 6)[1]
        torch.testing.assert_close((other - value)[0] / step, slope[0, place, feature], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_integrated_gradients_add_up(baseline):
    model = model_of("lstm-attention")
    start = torch.zeros(1, 5, 8, dtype=torch.float64)
    if baseline == "mean":
        start = start + model.embedding.weight[1:].mean(0)
    gap = log_probability(model, HISTORY, 6)[0] - slopes(model, HISTORY, start.detach(), 6)[1][0]
    found = integrated_gradients(model, HISTORY, 6, 200, baseline)
    torch.testing.assert_close(found.sum(), gap, rtol=1e-3, atol=1e-5)


def test_captum_says_the_same():
    pytest.importorskip("captum")
    model = model_of("lstm-attention")
    ours = explain(model, HISTORY, 6, "integrated", points=300)
    torch.testing.assert_close(explain(model, HISTORY, 6, "captum", points=300), ours, rtol=1e-3, atol=1e-5)


def test_without_captum_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "captum", None)
    monkeypatch.setitem(__import__("sys").modules, "captum.attr", None)
    with pytest.raises(InputError, match="pip install captum"):
        explain(model_of("lstm-attention"), HISTORY, 6, "captum")


def test_rollout_is_the_product_of_halves():
    model, batch = model_of("sasrec"), batch_of((6, 3))
    found = explain_all(model, batch, torch.tensor([1, 2]), "rollout")
    for n, length in enumerate((6, 3)):
        one = batch.rows(slice(n, n + 1)).trim()
        flow = torch.eye(length, dtype=torch.float64)
        for layer in range(2):
            weights = model.attention_weights(one, layer)[0].double().mean(0)
            flow = (weights + torch.eye(length, dtype=torch.float64)) / 2 @ flow
        torch.testing.assert_close(found[n, :length], flow[-1], rtol=1e-6, atol=1e-9)
        assert found[n].sum().item() == pytest.approx(1.0)


def test_the_last_row_of_attention_is_read():
    model = model_of("lstm-attention", heads=2)
    want = model.attention_weights(HISTORY)[0, :, -1].double().mean(0)
    torch.testing.assert_close(explain(model, HISTORY, 6, "attention"), want.detach())


def test_what_is_put_in_was_not_seen():
    drawn = fillers(HISTORY, 6, V, draws=20)
    assert drawn.shape == (20, 5)
    assert not set(drawn.flatten().tolist()) & {0, 6, 3, 7, 1, 9, 4}
    assert all(len(set(row.tolist())) == 5 for row in drawn)
    some = fillers(HISTORY, 6, V, draws=3, pool=torch.tensor([2, 3, 6, 8]))
    assert set(some.flatten().tolist()) == {2, 8}
    assert set(Game(Additive(), HISTORY, 20, pool=torch.tensor([30, 31])).filler.flatten().tolist()) == {
        30,
        31,
    }
    with pytest.raises(InputError, match="larger pool"):
        explain(model_of("lstm-attention"), HISTORY, 6, pool=torch.tensor([6, 9]))
    keep = torch.tensor([[True, False, True, True, False]])
    changed = replaced(HISTORY, keep, drawn[0])
    assert changed.items[0].tolist() == [3, drawn[0, 1], 1, 9, drawn[0, 4]]
    assert HISTORY.items[0].tolist() == [3, 7, 1, 9, 4]


def test_what_is_deleted_is_gone_with_its_time():
    history = Batch(HISTORY.items, HISTORY.lengths, times=torch.arange(5.0).double()[None] + 10)
    keep = torch.tensor([[True, False, True, True, False], [False, True, False, False, False]])
    left = deleted(history, keep)
    assert left.items.tolist() == [[3, 1, 9], [7, 0, 0]] and left.lengths.tolist() == [3, 1]
    assert left.times.tolist() == [[10, 12, 13], [11, 0, 0]]
    with pytest.raises(InputError, match="empty"):
        deleted(history, ~torch.ones(1, 5, dtype=torch.bool))


def test_what_cannot_be_explained_is_said():
    model = model_of("lstm-attention")
    for call, words in (
        (lambda: explain(model, HISTORY, 6, "occlusoin"), "did you mean occlusion"),
        (lambda: explain(model, HISTORY, 0), "not in the catalogue"),
        (lambda: explain(model, batch_of(), 6), "one history"),
        (lambda: explain(model, [], 6), "empty"),
        (lambda: explain(model, HISTORY, 6, "gradient", permutations=3), "no such option"),
        (lambda: explain(model, HISTORY, 6, absent="mask"), "absent"),
        (lambda: explain(model_of("gru4rec"), HISTORY, 6, "attention"), "no attention"),
        (lambda: explain(Additive(), HISTORY, 6, "gradient"), "no table"),
        (lambda: explain(Additive(), list(range(1, 14)), 20, "exact-shapley"), "at most 12"),
    ):
        with pytest.raises(InputError, match=words):
            call()


def test_a_model_in_training_stays_in_training_and_dropout_is_off():
    model = model_of("lstm-attention", dropout=0.5)
    calm = explain(model, HISTORY, 6, "gradient")
    model.train()
    for method in ("gradient", "occlusion", "attention", "rollout", "integrated"):
        explain(model, HISTORY, 6, method)
        assert model.training
    torch.testing.assert_close(explain(model, HISTORY, 6, "gradient"), calm)
