"""Speech of worlds: the same for every crowd, of use, and nothing else moves because of it."""

import numpy as np
import pytest

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds.speech import FRAMES, WIDTH


@pytest.fixture(scope="module", params=["ads", "shop"])
def world(request):
    return simulate(request.param, users=30)


def test_a_line_ends_and_then_there_is_nothing(world):
    speech = world.speech
    assert speech.shape == (world.n_items + 1, FRAMES, WIDTH)
    there = np.isfinite(speech).all(2)
    assert (there == np.isfinite(speech).any(2)).all() and not there[0].any()
    lengths = there[1:].sum(1)
    assert (there[1:] == (np.arange(FRAMES) < lengths[:, None])).all()
    assert lengths.min() >= 5 and len(set(lengths.tolist())) > 5


def test_it_does_not_depend_on_the_users(world):
    np.testing.assert_array_equal(world.speech, simulate(world.name, users=20, seed=4).speech)


def test_events_and_the_log_stay_what_they_were(world):
    heard = world.heard
    assert heard.items is world.log.items and heard.times is world.log.times
    assert not any(name.startswith("speech") for name in world.log.item_features)
    assert sum(name.startswith("speech") for name in heard.item_features) == FRAMES * WIDTH
    np.testing.assert_array_equal(heard.item_features["speech_3_2"], world.speech[:, 3, 2])


def test_the_frames_of_a_family_come_again_in_its_other_lines(world):
    """For each frame of a line the nearest of another line: kin have a nearer one than strangers."""
    speech, family = world.speech, world.tables.family.numpy()
    rng = np.random.default_rng(0)
    gaps = []
    for item in rng.integers(1, world.n_items + 1, 60):
        kin = [other for other in np.flatnonzero(family == family[item]) if other != item]
        if not kin:
            continue
        stranger = rng.choice(np.flatnonzero((family != family[item]) & (family >= 0)))
        gaps.append(_nearness(speech[item], speech[stranger]) - _nearness(speech[item], speech[kin[0]]))
    assert np.mean(gaps) > 3 * np.std(gaps) / len(gaps) ** 0.5


def _nearness(one, other):
    one, other = (line[np.isfinite(line[:, 0])] for line in (one, other))
    away = np.linalg.norm(one[:, None] - other[None], axis=2).min(1)
    return np.sort(away)[:5].mean()
