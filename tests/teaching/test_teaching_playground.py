"""The playground before any browser: its words and its first settings."""

from __future__ import annotations

import re

import pytest

from seqrec_lib.messages import InputError
from seqrec_lib.teaching.widgets import playground, scripts


def test_it_starts_with_what_was_asked_for():
    data = playground("taste", "additive", lag=2, caption="Here.").data
    assert {"rule": "taste", "score": "additive", "k": 2}.items() <= data["start"].items()
    assert data["words"]["caption"] == "Here." != playground().data["words"]["caption"]
    assert data["start"]["rate"] in data["rates"] and data["start"]["seed"] in data["seeds"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rule": "coppy"}, "unknown rule 'coppy': did you mean copy"),
        ({"score": "cosine"}, "unknown score 'cosine': use one of dot, scaled, bilinear, additive"),
        ({"lag": 7}, "unknown lag '7': use one of 2, 3, 4, 5, 6"),
    ],
)
def test_what_it_does_not_know_is_an_error(asked, said):
    with pytest.raises(InputError, match=re.escape(said)):
        playground(**asked)


def test_each_experiment_changes_one_setting_of_a_world_that_works():
    data = playground("copy").data
    for one in data["tries"]:
        assert one["change"].pop("rule") == "companion", "where each of them can be seen to fail"
        ((name, value),) = one["change"].items()
        assert data["start"][name] != value


def test_every_word_is_used_and_every_used_word_is_there():
    names = ("playground", "playground_charts")
    code = "".join(scripts.read(f"views/{name}.js") for name in names)
    assert set(re.findall(r"\bsay\.(\w+)", code)) == set(playground().data["words"])
