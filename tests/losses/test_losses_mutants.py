"""Lines of the losses that could once be broken without a test noticing."""

from seqrec_lib.losses import LOSSES
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.training.settings import TrainingSettings


def test_an_objective_draws_as_many_negatives_as_training_does_by_default():
    assert NextItemObjective(LOSSES["bce"]).negatives == TrainingSettings().negatives == 1
