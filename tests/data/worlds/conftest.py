"""Worlds that many tests share; each is drawn once, before any oracle is spoiled."""

import pytest
from tiny_worlds import DRIFTING, REPEATING, tiny_world

from seqrec_lib.data import simulate


@pytest.fixture(scope="session")
def video():
    """The default world."""
    return simulate("video")


@pytest.fixture(scope="session")
def crowd_with_drift():
    """A million users, six items, four events, no repeats, popularity that drifts."""
    return tiny_world(users=1_000_000, seed=11, **DRIFTING)


@pytest.fixture(scope="session")
def crowd_with_repeats():
    """A million users, six items, four events, items that come again."""
    return tiny_world(users=1_000_000, seed=12, **REPEATING)


@pytest.fixture(scope="session")
def middling():
    """Name to world of the usual catalogue: long histories, strong drift, items that come again."""
    long = {"min_length": 90, "max_length": 90}  # where the mask of seen items weighs much
    strong = {"drift": 2.0, "start_days": 700.0, "between_days": 40.0}
    return {
        "plain": simulate("video", users=800, seed=5, **long),
        "drift": simulate("video", users=1000, seed=5, **strong),
        "repeats": simulate("video", users=800, seed=5, **REPEATING),
    }
