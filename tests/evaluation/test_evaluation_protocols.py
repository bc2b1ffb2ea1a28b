"""Protocols: one pass over a model gives what the evaluator gives, and what drawing items gives."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.lists import top_lists
from seqrec_lib.evaluation.metrics import allowed_items, hit_rate, novelty
from seqrec_lib.evaluation.protocols import Protocol, Standings, standings
from seqrec_lib.evaluation.resampling import bootstrap_many, bootstrap_means
from seqrec_lib.evaluation.sampling import counts_among, draw_items


class Fixed:
    """A 'model' with a row of scores for each user."""

    def __init__(self, scores):
        self.scores, self.n_items = scores, scores.shape[1] - 1

    def score(self, batch, candidates=None):
        return self.scores[batch.users]


@pytest.fixture
def tied():
    return Fixed(torch.randint(4, (40, 13), generator=torch.Generator().manual_seed(1)).float())


@pytest.fixture
def counts(split):
    return torch.bincount(torch.from_numpy(split.train_log.items), minlength=13)


@pytest.mark.parametrize("ties", ["expectation", "against", "for"])
@pytest.mark.parametrize("seen", ["out", "in"])
def test_the_full_protocol_is_the_evaluator(split, tied, counts, seen, ties):
    found = standings(tied, split.test, counts, batch_size=7).measure(Protocol(seen=seen, ties=ties), k=5)
    cases = replace(split.test, repeats=seen == "in")
    want = evaluate(tied, cases, ks=(5,), ties=ties)
    for name in ("HR@5", "NDCG@5", "MRR"):
        np.testing.assert_allclose(found[name].numpy(), want.values(name), atol=1e-12)


@pytest.mark.parametrize(("rivals", "seen"), list(product(["uniform", "popularity"], ["out", "in"])))
def test_sampled_figures_are_what_drawing_gives(split, tied, counts, rivals, seen):
    """The mean over 400 draws of every user's hit rate, within 4 standard errors of the exact one."""
    found = standings(tied, split.test, counts)
    exact = found.measure(Protocol(rivals, 4, seen), k=2)["HR@2"].mean()
    scores = tied.scores[split.test.batch.users]
    allowed = allowed_items(scores, split.test.seen() if seen == "out" else None)
    allowed[torch.arange(40), split.test.target] = False
    generator = torch.Generator().manual_seed(3)
    weights = counts if rivals == "popularity" else None
    means = []
    for _ in range(400):
        drawn = draw_items(allowed, 4, generator, weights, replacement=rivals == "popularity")
        noise = 1e-4 * torch.rand(40, 13, generator=generator)  # decides ties
        own = 1e-4 * torch.rand(40, generator=generator)
        noise[torch.arange(40), split.test.target] = own
        means.append(float(hit_rate(*counts_among(scores + noise, split.test.target, drawn), 2).mean()))
    assert abs(np.mean(means) - float(exact)) < 4 * np.std(means) / 20


def test_the_same_score_for_all_is_perfect_when_ties_go_its_way(split, counts):
    found = standings(Fixed(torch.zeros(40, 13)), split.test, counts)
    for rivals in ("all", "uniform", "popularity"):
        assert found.measure(Protocol(rivals, 5, ties="for"), k=1)["HR@1"].mean() == 1
        assert found.measure(Protocol(rivals, 5, ties="expectation"), k=1)["HR@1"].mean() < 0.5


@pytest.mark.parametrize("rivals", ["all", "uniform", "popularity"])
def test_without_mrr_the_rest_is_the_same(split, tied, counts, rivals):
    found = standings(tied, split.test, counts)
    for n in (2, 9):
        whole = found.measure(Protocol(rivals, n), k=5)
        part = found.measure(Protocol(rivals, n), k=5, with_mrr=False)
        assert set(whole) - set(part) == {"MRR"}
        for name, values in part.items():
            torch.testing.assert_close(values, whole[name])


def test_fewer_rivals_flatter(split, tied, counts):
    found = standings(tied, split.test, counts)
    values = [float(found.measure(Protocol("uniform", n), k=2)["HR@2"].mean()) for n in (2, 4, 11)]
    assert values[0] > values[1] > values[2]


def test_the_mode_of_the_model_comes_back(split, model, counts):
    model.train()
    found = standings(model, split.test, counts)
    assert model.training and isinstance(found, Standings)
    model.eval()
    again = standings(model, split.test, counts, batch_size=3)
    assert torch.equal(found.seen["out"].better, again.seen["out"].better)
    assert found.users.tolist() == split.test.batch.users.tolist()


def test_names_and_nonsense():
    assert Protocol().name == "full-unseen"
    assert Protocol("uniform", 50, "in", "for").name == "uniform50-seen-for"
    for wrong in (dict(rivals="some"), dict(seen="maybe"), dict(ties="luck"), dict(n=0)):
        with pytest.raises(ValueError):
            Protocol(**wrong)


def test_many_bootstraps_at_once_are_the_single_ones():
    rng = np.random.default_rng(0)
    values, users = rng.random((60, 3)), rng.integers(20, size=60)
    many = bootstrap_many(values, users, 50, seed=4)
    for column in range(3):
        np.testing.assert_allclose(many[:, column], bootstrap_means(values[:, column], users, 50, seed=4))
    plain = np.random.default_rng(4)
    ids = np.unique(users)
    drawn = ids[plain.integers(len(ids), size=len(ids))]
    rows = np.concatenate([np.flatnonzero(users == user) for user in drawn])
    assert many[0] == pytest.approx(values[rows].mean(0))


def test_novelty_is_the_mean_surprise_of_what_is_shown():
    popularity = torch.tensor([50, 7, 3, 1, 1])  # entry 0 is padding and counts nothing
    lists = torch.tensor([[1, 2], [3, 0]])
    want = np.mean([-np.log2(8 / 16), -np.log2(4 / 16), -np.log2(2 / 16)])
    assert novelty(lists, popularity) == pytest.approx(want)
    assert novelty(torch.tensor([[4]]), popularity) > novelty(torch.tensor([[1]]), popularity)


def test_lists_hold_the_best_unseen_items(split, tied, model):
    lists = top_lists(tied, split.test, 3, batch_size=7)
    for n in range(40):
        seen = set(split.test.log_items[split.test.start[n] : split.test.stop[n]].tolist())
        left = sorted((tied.scores[n, i].item() for i in range(1, 13) if i not in seen), reverse=True)[:3]
        shown = [i for i in lists[n].tolist() if i]
        assert not seen & set(shown)
        assert [tied.scores[n, i].item() for i in shown] == left
    model.train()
    top_lists(model, split.test, 3)
    assert model.training
