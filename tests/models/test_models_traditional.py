"""Collaborative and content-based filtering against slow, obvious versions of themselves."""

import json
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqrec_lib import evaluate, load_run, train
from seqrec_lib.__main__ import main
from seqrec_lib.data import Batch, DataError, leave_one_out, simulate
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import BASELINES, COUNTED, counted_settings
from seqrec_lib.models.content import Content
from seqrec_lib.models.item_knn import ItemKNN

WORLD = simulate("shop", users=150, seed=4, min_length=8, max_length=14)
SPLIT = leave_one_out(WORLD, max_len=14)
LOG = SPLIT.train_log
NEW = ("item-knn", "content")


def batch_of(*rows):
    width = max(map(len, rows))
    items = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return Batch(items, torch.tensor([len(row) for row in rows]))


OFTEN = int(np.bincount(LOG.items).argmax())
ROWS = ([5, 9, 5, 31], [7], [12, 3, 90])


def plain_knn(rows, neighbours, shrink, newest):
    """Users of each item as sets; each item's similarities sorted in Python."""
    met = {item: set(LOG.users[LOG.items == item].tolist()) for item in range(1, LOG.n_items + 1)}

    def alike(i, j):
        low = math.sqrt(len(met[i]) * len(met[j])) + shrink
        return len(met[i] & met[j]) / low if i != j and low else 0.0

    found = torch.zeros(len(rows), LOG.n_items + 1, dtype=torch.float64)
    for n, row in enumerate(rows):
        for j in row[-newest:] if newest else row:
            near = sorted((alike(i, j) for i in met), reverse=True)
            least = near[neighbours - 1]
            for i in met:
                found[n, i] += alike(i, j) if alike(i, j) >= least else 0.0
    return found[:, 1:]


@pytest.mark.parametrize("shrink, newest", [(0.0, 0), (10.0, 0), (3.5, 2)])
def test_item_knn_sums_the_similarities_of_the_history(shrink, newest):
    model = ItemKNN(LOG, neighbours=LOG.n_items, shrink=shrink, newest=newest)
    scores = model.score(batch_of(*ROWS))
    assert torch.isinf(scores[:, 0]).all()
    torch.testing.assert_close(scores[:, 1:], plain_knn(ROWS, LOG.n_items, shrink, newest))


def test_only_the_nearest_neighbours_count():
    scores = ItemKNN(LOG, neighbours=4, shrink=1.0).score(batch_of([OFTEN]))[0, 1:]
    every = ItemKNN(LOG, neighbours=LOG.n_items, shrink=1.0).score(batch_of([OFTEN]))[0, 1:]
    assert (scores > 0).sum() == 4 and scores.max() == every.max()
    assert scores[scores > 0].min() >= every[scores == 0].max()


def test_an_item_is_no_neighbour_of_itself_and_order_means_nothing():
    model = ItemKNN(LOG, neighbours=50)
    assert model.score(batch_of([OFTEN]))[0, OFTEN] == 0
    one, other = model.score(batch_of([OFTEN, 4, 30]))[0, 1:], model.score(batch_of([30, OFTEN, 4]))[0, 1:]
    torch.testing.assert_close(one, other)
    assert not torch.allclose(one, ItemKNN(LOG, 50, newest=1).score(batch_of([OFTEN, 4, 30]))[0, 1:])


def plain_content(rows, newest=0):
    """Dictionaries of words and numbers, a profile by addition, a cosine by hand."""
    v = LOG.n_items
    vectors = [{} for _ in range(v + 1)]
    texts = {name: c for name, c in LOG.item_features.items() if c.dtype.kind not in "if"}
    blocks = []
    for column in [*texts.values(), LOG.titles]:
        words = ["".join(c if c.isalnum() else " " for c in str(t).lower()).split() for t in column]
        df = Counter(word for item in words[1:] for word in set(item))
        blocks.append([{w: n * math.log(v / df[w]) for w, n in Counter(item).items()} for item in words])
    numbers = {name: c for name, c in LOG.item_features.items() if c.dtype.kind in "if"}
    scaled = {name: (c - np.nanmean(c[1:])) / np.nanstd(c[1:]) for name, c in numbers.items()}
    blocks.append([{name: c[item] for name, c in scaled.items()} for item in range(v + 1)])
    for b, block in enumerate(blocks):
        for item in range(1, v + 1):
            size = math.sqrt(sum(x * x for x in block[item].values())) or 1.0
            vectors[item] |= {(b, key): x / size for key, x in block[item].items()}
    for vector in vectors:
        size = math.sqrt(sum(x * x for x in vector.values())) or 1.0
        for key in vector:
            vector[key] /= size
    found = torch.zeros(len(rows), v, dtype=torch.float64)
    for n, row in enumerate(rows):
        profile = Counter()
        for item in row[-newest:] if newest else row:
            profile.update(vectors[item])
        size = math.sqrt(sum(x * x for x in profile.values()))
        for item in range(1, v + 1):
            found[n, item - 1] = sum(x * profile[key] for key, x in vectors[item].items()) / size
    return found


@pytest.mark.parametrize("newest", [0, 2])
def test_content_is_the_cosine_with_the_mean_description(newest):
    scores = Content(LOG, newest=newest).score(batch_of(*ROWS))
    assert torch.isinf(scores[:, 0]).all()
    torch.testing.assert_close(scores[:, 1:], plain_content(ROWS, newest))


def test_content_does_not_know_who_met_what():
    other = replace(LOG, items=np.roll(LOG.items, 7))
    batch = batch_of(*ROWS)
    torch.testing.assert_close(Content(other).score(batch), Content(LOG).score(batch))
    untitled = Content(LOG, titles=False).score(batch)
    assert not torch.allclose(untitled[:, 1:], Content(LOG).score(batch)[:, 1:])


def test_content_needs_a_description():
    bare = replace(LOG, item_features={}, titles=None)
    with pytest.raises(DataError, match="content needs item features or titles"):
        Content(bare)


@pytest.mark.parametrize(
    "kind, changes, words",
    [
        (ItemKNN, {"neighbours": 0}, "neighbours is 0"),
        (ItemKNN, {"shrink": -1.0}, "shrink is -1.0"),
        (ItemKNN, {"newest": -1}, "newest -1"),
        (Content, {"newest": -1}, "newest is -1"),
    ],
)
def test_bad_settings_raise(kind, changes, words):
    with pytest.raises(ValueError, match=words):
        kind(LOG, **changes)


@pytest.mark.parametrize("name", NEW)
def test_a_counted_model_is_kept_and_loaded(name, tmp_path):
    made = train(name, SPLIT, out=tmp_path, newest=3)
    assert name in COUNTED and name not in BASELINES
    assert made.settings["newest"] == 3 and set(counted_settings(name)) < set(made.settings)
    again, batch = load_run(tmp_path).model, SPLIT.test.batch
    torch.testing.assert_close(again.score(batch), made.model.score(batch))
    some = torch.tensor([[1, 5]] * len(batch))
    torch.testing.assert_close(again.score(batch, some), again.score(batch)[:, [1, 5]])
    with pytest.raises(ValueError, match=f"{name} is counted and not trained: it has no setting lr"):
        train(name, SPLIT, lr=0.1)


@pytest.mark.parametrize("name", [*NEW, "bpr-mf"])
def test_from_the_command_line(name, tmp_path, capsys):
    source, run, out = "world:shop:users=120,seed=4", tmp_path / "run", tmp_path / "out.json"
    fast = ["--epochs", "1"] if name == "bpr-mf" else ["--set", "newest=2"]
    words = ["--data", source, "--quiet", "--device", "cpu"]
    assert main(["fit", "--model", name, *words, *fast, "--out", str(run), "--json", str(out)]) == 0
    told = json.loads(out.read_text())
    assert told["test"]["NDCG@10"] > 0 and set(told["floors"]) == set(BASELINES)
    assert name == "bpr-mf" or told["settings"]["newest"] == 2
    assert main(["evaluate", "--run", str(run), *words, "--json", str(out)]) == 0
    assert json.loads(out.read_text())["test"] == told["test"]
    assert main(["recommend", "--run", str(run), "--history", "3 14", "--k", "4"]) == 0
    assert len(capsys.readouterr().out.strip().splitlines()) >= 4


@pytest.mark.parametrize(
    "name, word, told",
    [
        ("item-knn", "neighbors=5", "did you mean neighbours"),
        ("item-knn", "neighbours=many", "must be a whole number"),
        ("popularity", "newest=2", "it has no settings"),
        ("bpr-mf", "n_users=7", "the data say how many users there are"),
    ],
)
def test_settings_that_are_none_are_refused(name, word, told, capsys):
    assert main(["fit", "--model", name, "--data", "world:video:users=50", "--set", word]) != 0
    assert told in capsys.readouterr().err


@pytest.fixture(scope="module")
def factors():
    """A trained ``bpr-mf`` of a world whose users are known by taste alone."""
    world = simulate("video", users=500, seed=4, succession=0.01, trigger=0.0, sharpness=3.0)
    split = leave_one_out(world, max_len=50)
    return train("bpr-mf", split, epochs=8, dim=16, device="cpu", progress=False), split


def test_factors_find_taste(factors):
    run, split = factors
    known = evaluate(run.model, split.test, (10,)).metrics["NDCG@10"]
    popular = evaluate(BASELINES["popularity"](split.train_log), split.test, (10,)).metrics["NDCG@10"]
    assert known > 1.2 * popular
    unnamed = replace(split.test, batch=replace(split.test.batch, users=None))
    assert evaluate(run.model, unnamed, (10,)).metrics["NDCG@10"] > 1.2 * popular


def test_a_known_user_is_the_row_of_the_table(factors):
    run, split = factors
    model, batch = run.model.double().eval(), split.test.batch.rows(slice(0, 6))
    want = model.users.weight[batch.users] @ model.items.weight[1:].T
    torch.testing.assert_close(model.score(batch)[:, 1:], want)
    states = model.hidden(batch)
    assert states.shape == (6, batch.items.shape[1], 16)
    torch.testing.assert_close(states[:, 3], model.users.weight[batch.users])
    model.by_number = False
    folded = model.score(batch)
    model.by_number = True
    torch.testing.assert_close(folded, model.score(replace(batch, users=None)))
    with pytest.raises(ValueError, match="user 505 is not one of the 500"):
        model.score(replace(batch, users=batch.users + 500))


def test_the_vector_of_an_unknown_user_is_the_best_one(factors):
    """The gradient of what it maximises, by autograd, is 0 there."""
    run, split = factors
    model, batch = run.model.double().eval(), replace(split.test.batch.rows(slice(0, 4)), users=None)
    found = model.solve(batch, batch.mask()[:, None])[:, 0].detach().requires_grad_()
    table, prior = model.items.weight.detach(), model.users.weight.detach().mean(0)
    away = table[batch.items] - table[1:].mean(0)
    score = (away @ found[:, :, None]).squeeze(-1)
    worth = (torch.nn.functional.logsigmoid(score) * batch.mask()).sum()
    worth = worth - 0.5 * model.settings.ridge * (found - prior).square().sum()
    (slope,) = torch.autograd.grad(worth, found)
    start = torch.autograd.functional.jacobian(
        lambda p: torch.nn.functional.logsigmoid((away @ p[:, :, None]).squeeze(-1))[batch.mask()].sum(),
        prior.expand(4, -1),
    )
    assert slope.norm() < 0.02 * start.norm()


def test_a_ridge_must_be_above_0():
    with pytest.raises(ValueError, match="ridge is 0.0"):
        build(recipe_settings("bpr-mf", 5, ridge=0.0))


def test_on_another_log_users_are_strangers(tmp_path):
    """More users than the table has: read by number they would be an error, or other people."""
    words = ["--quiet", "--device", "cpu"]
    source = "world:shop:users={},seed=4"
    run, out = tmp_path / "run", tmp_path / "out.json"
    fit = ["fit", "--model", "bpr-mf", "--data", source.format(60), "--epochs", "1", "--out", str(run)]
    assert main([*fit, *words]) == 0
    ask = ["evaluate", "--run", str(run), "--data", source.format(90), "--json", str(out), *words]
    assert main(ask) != 0 and main([*ask, "--other-log"]) == 0
    assert json.loads(out.read_text())["data"]["users"] == 90


def test_lists_for_a_newer_log_go_by_histories(factors):
    run, split = factors
    table = run.recommend_all(split.log, k=3, users=[7]).table
    mine = run.recommend([split.log.items[split.log.users == 6].tolist()], k=3)[0]
    assert table["item"].tolist() == [row["item"] for row in mine]
    assert run.model.by_number
