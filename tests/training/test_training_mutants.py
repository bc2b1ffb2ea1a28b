"""Lines of training that could once be broken without a test noticing."""

from torch import nn

from seqrec_lib.training.early_stopping import EarlyStopping


def test_a_patience_of_one_ends_at_the_first_evaluation_that_is_no_better():
    model, stopping = nn.Linear(1, 1), EarlyStopping(1)
    assert stopping.look(0.5, 1, model) and not stopping.spent
    assert not stopping.look(0.5, 2, model) and stopping.spent
