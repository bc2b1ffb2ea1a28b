"""Lines of the models that could once be broken without a test noticing."""

from torch import nn

from seqrec_lib.models.recommender import place_model


def test_a_model_moves_to_the_device_that_is_asked_for():
    model = nn.Linear(2, 2)
    assert place_model(model, None).type == "cpu"
    assert place_model(model, "meta").type == "meta" and model.weight.is_meta
    assert place_model(object(), "meta").type == "meta" and place_model(object(), None).type == "cpu"
