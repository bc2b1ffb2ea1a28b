"""Lines of the models that could once be broken without a test noticing."""

from dataclasses import replace

import pandas as pd
from torch import nn

from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import Popularity
from seqrec_lib.models.recommender import layers_of, place_model


def test_a_model_moves_to_the_device_that_is_asked_for():
    model = nn.Linear(2, 2)
    assert place_model(model, None).type == "cpu"
    assert place_model(model, "meta").type == "meta" and model.weight.is_meta
    assert place_model(object(), "meta").type == "meta" and place_model(object(), None).type == "cpu"


def test_layers_count_what_can_be_looked_at():
    """Other tests ask a model's own ``layers`` for what to look at, and look at nothing where it says 0."""
    layers = {"lstm-attention": 1, "lstm-mean": 1, "gru4rec": 0, "sasrec": 2}
    for name, count in layers.items():
        assert layers_of(build(recipe_settings(name, 9))) == count, name


def test_the_learned_distance_is_idle_where_no_weight_depends_on_content():
    for attention, idle in (("scaled", False), ("mean", True), ("distance", True), ("none", True)):
        settings = replace(recipe_settings("lstm-attention", 9), attention=attention)
        assert ("distance" in settings.idle()) == idle, attention


def test_popularity_scores_items_that_nobody_took_in_training():
    """The last item of this log is each user's test item alone."""
    frame = pd.DataFrame({"user": [1] * 4 + [2] * 4, "item": list("abczbacz"), "time": [1, 2, 3, 4] * 2})
    split = leave_one_out(read_interactions(frame), max_len=4)
    assert split.log.n_items == 4 and 4 not in split.train_log.items
    assert Popularity(split.train_log).score(split.test.batch).shape == (2, 5)
