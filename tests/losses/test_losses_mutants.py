"""Lines of the losses that could once be broken without a test noticing."""

import torch

from seqrec_lib.losses import LOSSES
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.losses.sampled import generalised_bce
from seqrec_lib.training.settings import TrainingSettings


def test_an_objective_draws_as_many_negatives_as_training_does_by_default():
    assert NextItemObjective(LOSSES["bce"]).negatives == TrainingSettings().negatives == 1


def test_gbce_with_more_negatives_than_items_is_plain_bce():
    """The sampling rate is at most 1, and with it beta is 1 whatever the calibration."""
    torch.manual_seed(0)
    hidden, items = torch.randn(4, 3), torch.randn(8, 3)
    targets, draws = torch.tensor([1, 2, 3, 7]), 50
    losses = [
        generalised_bce(
            hidden, targets, items, torch.Generator().manual_seed(1), negatives=draws, calibration=c
        )
        for c in (0.0, 0.75, 1.0)
    ]
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(losses[0], losses[2])
