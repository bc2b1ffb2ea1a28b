"""The oracle on worlds of the usual size: it is as surprised as it says it will be.

Where every probability is right, the mean of -log p(item) is the mean entropy, and the realised
NDCG is the expected one, each within 3 standard errors. A spoiled oracle is far outside both.
"""

import pytest
import torch
from tiny_worlds import SPOILS, spoiled, standard_errors_apart, surprises

from seqrec_lib.data import OracleModel, leave_one_out
from seqrec_lib.data.worlds import expected_metrics
from seqrec_lib.evaluation import evaluate

FAR = 4.0


@pytest.fixture(scope="module")
def told(video):
    return surprises(video)


@pytest.fixture(scope="module")
def ceiling(video):
    """``(realised, expected)`` NDCG@10 of each test user, through the evaluator's door."""
    test = leave_one_out(video.log, max_len=video.max_length).test
    b = test.batch
    p = video.oracle(b.items, b.times, b.lengths, b.query_time)
    realised = evaluate(OracleModel(video), test, ks=(10,)).per_user["NDCG@10"]
    return torch.as_tensor(realised), expected_metrics(p)["NDCG@10"]


def test_mean_surprise_is_mean_entropy(told):
    loss, entropy, _, _ = told
    assert len(loss) > 100_000
    assert standard_errors_apart(loss, entropy) < 3


def test_realised_ndcg_is_expected_ndcg_over_all_events(told):
    _, _, realised, expected = told
    assert standard_errors_apart(realised, expected) < 3


def test_realised_ceiling_is_expected_ceiling_on_test_users(ceiling):
    realised, expected = ceiling
    assert len(realised) == 4000
    assert standard_errors_apart(realised, expected) < 3


@pytest.fixture(scope="module")
def honest(middling):
    return {kind: surprises(world) for kind, world in middling.items()}


@pytest.fixture(scope="module", params=SPOILS)
def pair(request, middling, honest):
    """Surprises of one spoiled oracle, and of the honest one in the same world."""
    kind = SPOILS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        return surprises(spoiled(middling[kind], request.param, patch)), honest[kind]


@pytest.mark.parametrize("kind", ["plain", "drift", "repeats"])
def test_other_kinds_of_world_pass_too(kind, honest):
    loss, entropy, realised, expected = honest[kind]
    assert standard_errors_apart(loss, entropy) < 3
    assert standard_errors_apart(realised, expected) < 3


def test_surprise_rejects_a_spoiled_oracle(pair):
    (loss, entropy, _, _), _ = pair
    assert standard_errors_apart(loss, entropy) > FAR


def test_realised_ndcg_rejects_a_spoiled_oracle(pair):
    (_, _, realised, expected), _ = pair
    assert standard_errors_apart(realised, expected) > FAR


def test_forgetting_costs_likelihood(pair):
    """What is exact is also best."""
    spoiled_loss, honest_loss = pair[0][0], pair[1][0]
    assert (spoiled_loss - honest_loss).mean() > 0
    assert standard_errors_apart(spoiled_loss, honest_loss) > FAR


def test_forgetting_costs_rank(pair):
    assert pair[0][2].mean() < pair[1][2].mean()
