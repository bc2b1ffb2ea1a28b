"""The view of a session carries exact numbers, and refuses what has no room."""

import numpy as np
import pytest

from seqrec_lib.data.worlds import session_world
from seqrec_lib.teaching.widgets import session_player

WORLD = session_world("small-feed")


def test_it_carries_the_world_and_exact_values():
    data = session_player(WORLD, {"myopic": WORLD.myopic(), "optimal": WORLD.best()}).data
    np.testing.assert_allclose(data["best"], WORLD.optimum()[:, :, 1:])
    np.testing.assert_allclose(data["click"], WORLD.click[:, 1:])
    myopic, optimal = data["policies"]
    assert myopic["value"] == pytest.approx(float(WORLD.value(WORLD.myopic())))
    assert optimal["value"] == pytest.approx(float(WORLD.value(WORLD.best())))
    assert (np.array(optimal["shows"]) + 1 == WORLD.best().argmax(-1).numpy()).all()


def test_items_count_from_0_and_no_session_begins_with_bait():
    data = session_player(WORLD, {"optimal": WORLD.best()}).data
    bait = int(WORLD.bait.long().argmax()) - 1
    assert data["items"][bait]["about"] == "bait" and bait not in data["opened"]
    assert set(data["opened"]) <= set(range(WORLD.n_items))


def test_a_policy_with_chance_is_shown_and_valued_by_its_likeliest_item():
    (one,) = session_player(WORLD, {"logger": WORLD.logger()}).data["policies"]
    assert one["value"] != pytest.approx(float(WORLD.value(WORLD.logger())), abs=1e-3)


@pytest.mark.parametrize("world, policies", [(WORLD, {}), (session_world("feed"), {"m": None})])
def test_what_has_no_room_is_refused(world, policies):
    with pytest.raises(ValueError, match="at most 8 items"):
        session_player(world, policies)
