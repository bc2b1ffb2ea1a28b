"""Evaluation: masking, ties, NaN, intervals, pairing."""

import numpy as np
import pytest
import torch
from sklearn.metrics import ndcg_score
from tiny_training import make_log, make_split

from seqrec_lib.evaluation import evaluate, paired_difference
from seqrec_lib.models.baselines import Popularity


class Fixed:
    """A 'model' that gives each user the scores of its row."""

    def __init__(self, scores):
        self.scores, self.n_items = scores, scores.shape[1] - 1

    def score(self, batch, candidates=None):
        return self.scores[batch.users]


@pytest.fixture
def tied(split):
    generator = torch.Generator().manual_seed(1)
    return Fixed(torch.randint(4, (40, 13), generator=generator).float())


def test_full_ranking_equals_scikit_learn_over_the_unseen_items(split, tied):
    cases = split.test
    got = evaluate(tied, cases, ks=(1, 5, 10), batch_size=7)
    want = []
    for n in range(len(cases)):
        history = set(cases.log_items[cases.start[n] : cases.stop[n]].tolist())
        target = int(cases.target[n])
        ranked = [i for i in range(1, 13) if i not in history or i == target]
        truth = np.array([[float(i == target) for i in ranked]])
        want.append(ndcg_score(truth, tied.scores[n, ranked][None].numpy(), k=5) if len(ranked) > 1 else 1.0)
    np.testing.assert_allclose(got.per_user["NDCG@5"], want, atol=1e-12)
    assert got["NDCG@5"] == pytest.approx(np.mean(want))
    assert got.protocol == "loo-full-unseen" and len(got) == 40


def test_batch_size_changes_nothing(split, model):
    one, all_ = evaluate(model, split.test, ks=(5,), batch_size=1), evaluate(model, split.test, ks=(5,))
    assert one.better.tolist() == all_.better.tolist()
    assert one.metrics == pytest.approx(all_.metrics)


def test_repeats_leave_seen_items_in(split, tied):
    split.test.repeats = True
    kept = evaluate(tied, split.test, ks=(5,))
    split.test.repeats = False
    assert (kept.better + kept.equal > evaluate(tied, split.test, ks=(5,)).better).all()
    assert (kept.better + kept.equal).sum() > (evaluate(tied, split.test, ks=(5,)).better + kept.equal).sum()


def test_a_truncated_history_is_masked_whole(tied):
    short = make_split(max_len=2)
    whole = make_split()
    a, b = evaluate(tied, short.test, ks=(5,)), evaluate(tied, whole.test, ks=(5,))
    assert a.better.tolist() == b.better.tolist() and a.equal.tolist() == b.equal.tolist()


def test_k_beyond_the_catalogue(split, tied):
    with pytest.raises(ValueError, match="k is 20, but the catalogue has 12 items"):
        evaluate(tied, split.test, ks=(1, 20))
    usual = evaluate(tied, split.test)  # a k that nobody typed is no mistake of theirs
    assert {name for name in usual.metrics if name[:2] == "HR"} == {"HR@1", "HR@5", "HR@10"}
    with pytest.raises(ValueError, match="k is 0"):
        evaluate(tied, split.test, ks=(0,))


def test_nan_scores_name_the_row_across_batches(split, tied):
    tied.scores[17, 4] = torch.nan
    with pytest.raises(ValueError, match="NaN in row 17"):
        evaluate(tied, split.test, ks=(5,), batch_size=5)


@pytest.mark.parametrize("item, message", [(0, "item 0 .* is padding"), (13, "item 13 .* 1 to 12")])
def test_items_outside_the_catalogue(split, model, item, message):
    split.test.batch.items[3, 1] = item
    with pytest.raises(ValueError, match=message):
        evaluate(model, split.test, ks=(5,))


@pytest.mark.parametrize("says_its_size", [True, False])
@pytest.mark.parametrize("target", [0, 13])
def test_targets_outside_the_catalogue(split, tied, target, says_its_size):
    split.test.target[17] = target
    if not says_its_size:
        del tied.n_items
    with pytest.raises(ValueError, match=f"target {target} of row 17 is no item of the catalogue, 1 to 12"):
        evaluate(tied, split.test, ks=(5,), batch_size=7)


def test_unknown_ties_are_refused_before_the_work(split, tied):
    tied.score = lambda batch: pytest.fail("scored first")
    with pytest.raises(ValueError, match="unknown ties 'luck': use one of expectation, against, for"):
        evaluate(tied, split.test, ks=(5,), ties="luck")


def test_no_cases(split, model):
    with pytest.raises(ValueError, match="no cases"):
        evaluate(model, split.test.rows(slice(0, 0)), ks=(5,))


def test_the_mode_of_the_model_comes_back_even_after_an_error(split, model):
    model.train()
    first = evaluate(model, split.test, ks=(5,))
    assert model.training
    assert first.metrics == evaluate(model, split.test, ks=(5,)).metrics  # no dropout while measuring
    with pytest.raises(ValueError):
        evaluate(model, split.test, ks=(99,))
    assert model.training
    model.eval()
    evaluate(model, split.test, ks=(5,))
    assert not model.training


def test_coverage_counts_what_is_shown(split):
    same_for_all = evaluate(Popularity(split.train_log), split.test, ks=(1, 12))
    assert same_for_all["coverage@12"] == 1.0
    assert same_for_all["coverage@1"] < 1.0
    assert (
        "coverage@1"
        not in evaluate(Popularity(split.train_log), split.test, (1,), with_coverage=False).metrics
    )


def test_interval_is_as_wide_as_the_standard_error_says(split, model):
    found = evaluate(model, split.test, ks=(5,))
    values = found.values("HR@5")
    low, high = found.interval("HR@5", samples=4000)
    error = values.std() / np.sqrt(len(values))
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.15)
    assert low < values.mean() < high
    assert repr(found).splitlines()[0] == "loo-full-unseen, 40 cases, 12 items ranked"
    assert found.interval("HR@5") == found.interval("HR@5", seed=0) != found.interval("HR@5", seed=1)
    with pytest.raises(ValueError, match="no value for each user"):
        found.interval("coverage@5")
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.interval("HR@5", level=95)


def test_a_user_with_several_cases_is_drawn_with_all_of_them(split, model):
    """Ten copies of each case carry no more evidence than one."""
    found = evaluate(model, split.test, ks=(5,))
    copies = evaluate(model, split.test.rows(torch.arange(40).repeat(10)), ks=(5,))
    assert copies.interval("HR@5") == pytest.approx(found.interval("HR@5"))


def test_paired_difference(split, model, tied):
    a, b = evaluate(model, split.test, ks=(5,)), evaluate(tied, split.test, ks=(5,))
    found = paired_difference(a, b, "NDCG@5")
    assert found.mean == pytest.approx(a["NDCG@5"] - b["NDCG@5"])
    assert found.low < found.mean < found.high
    nothing = paired_difference(a, a, "NDCG@5")
    assert (nothing.mean, nothing.low, nothing.high, nothing.apart) == (0, 0, 0, False)
    other = evaluate(tied, make_split(make_log(seed=5)).test, ks=(5,))
    with pytest.raises(ValueError, match="different cases"):
        paired_difference(a, other, "NDCG@5")


def test_rows_of_any_length_keep_their_own_results(split, tied):
    """Rows are ranked in order of length; what comes back is in the order of the cases."""
    order = torch.randperm(len(split.test), generator=torch.Generator().manual_seed(0))
    plain, mixed = evaluate(tied, split.test, ks=(5,), batch_size=3), None
    mixed = evaluate(tied, split.test.rows(order), ks=(5,), batch_size=3)
    assert len(set(split.test.batch.lengths.tolist())) > 1 and len(set(plain.better.tolist())) > 1
    assert mixed.better.tolist() == plain.better[order.numpy()].tolist()
    assert mixed.users.tolist() == plain.users[order.numpy()].tolist()


def test_little_is_spent_on_padding(split):
    widths = []

    class Watched(Fixed):
        def score(self, batch, candidates=None):
            widths.append(batch.items.shape[1] - batch.lengths.float().mean())
            return super().score(batch)

    evaluate(Watched(torch.rand(40, 13)), split.test, ks=(5,), batch_size=5)
    assert max(widths) <= 1
