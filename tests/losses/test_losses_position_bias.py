"""The loss of relevance from clicks: right on average at each place, and clipped where asked."""

import math

import pytest
import torch

from seqrec_lib.data import Batch
from seqrec_lib.losses.position_bias import RelevanceObjective, relevance_loss
from seqrec_lib.messages import InputError


@pytest.mark.parametrize("looked", [1.0, 0.5, 0.02])
@pytest.mark.parametrize("relevance", [0.0, 0.3, 1.0])
def test_its_mean_over_clicks_is_the_log_loss_of_relevance(looked, relevance):
    logit, o = torch.tensor(0.7, dtype=torch.float64), torch.tensor(looked, dtype=torch.float64)
    one, none = (relevance_loss(logit, torch.tensor(y, dtype=torch.float64), o) for y in (1.0, 0.0))
    p = looked * relevance
    q = 1 / (1 + math.exp(-0.7))
    wanted = -(relevance * math.log(q) + (1 - relevance) * math.log(1 - q))
    assert float(p * one + (1 - p) * none) == pytest.approx(wanted)


class Fixed:
    """Scores that are parameters."""

    def __init__(self, scores):
        self.scores = scores

    def score(self, batch, candidates):
        return self.scores


def slates():
    batch = Batch(torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1]))
    batch.candidates = torch.tensor([[4, 5, 6], [7, 8, 0]])
    batch.labels = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    return batch


def test_padding_does_not_count_and_places_are_columns():
    scores = torch.tensor([[0.1, -0.4, 2.0], [1.0, 0.3, 99.0]])
    looked = torch.tensor([1.0, 0.5, 0.25])
    loss, count = RelevanceObjective(looked)(Fixed(scores), slates(), {})
    each = relevance_loss(scores, slates().labels, looked.expand(2, 3))
    assert count == 5 and float(loss) == pytest.approx(float(each.flatten()[:5].mean()))


def test_clipping_bounds_what_is_divided_by():
    scores = torch.zeros(2, 3)
    plain, _ = RelevanceObjective(torch.tensor([1.0, 0.1, 0.05]))(Fixed(scores + 1), slates(), {})
    clipped, _ = RelevanceObjective(torch.tensor([1.0, 0.1, 0.05]), clip=0.5)(Fixed(scores + 1), slates(), {})
    same, _ = RelevanceObjective(torch.tensor([1.0, 0.5, 0.5]))(Fixed(scores + 1), slates(), {})
    assert float(clipped) == pytest.approx(float(same)) and float(plain) != pytest.approx(float(clipped))


def test_what_cannot_be_weighed_is_said():
    with pytest.raises(InputError, match="above 0 and at most 1"):
        RelevanceObjective(torch.tensor([1.0, 0.0]))
    with pytest.raises(InputError, match="3 places, and looked has 2"):
        RelevanceObjective(torch.tensor([1.0, 0.5]))(Fixed(torch.zeros(2, 3)), slates(), {})
    with pytest.raises(InputError, match="candidates and labels"):
        RelevanceObjective(torch.tensor([1.0]))(
            Fixed(torch.zeros(1)), Batch(torch.ones(1, 1).long(), torch.ones(1).long()), {}
        )
