"""Worlds of sessions: values by enumeration of every history, and by a million simulated sessions."""

import math
from dataclasses import replace

import pytest
import torch

from seqrec_lib.data import DataError
from seqrec_lib.data.worlds import log_of_sessions, play, session_settings, session_world
from seqrec_lib.messages import InputError


def by_enumeration(world, policy=None):
    """Expected clicks of a session over every history of what was shown and clicked; None: the best policy.

    It follows visitors by the words of the class's docstring and looks at no table but the catalogue.
    """
    s = world.settings
    top = s.levels - 1

    def appeal(item, interest):
        suits = bool(world.bait[item]) or int(world.fits[item]) == interest
        return float(world.appeal[item]) * (1.0 if suits else s.off)

    def after(item, interest, trust, clicked):
        if not clicked:
            return interest, trust
        if world.bait[item]:
            return interest, max(trust - 1, 0)
        return int(world.leads[item]), min(trust + 1, top)

    def worth(place, interest, trust):
        if place == s.steps:
            return 0.0
        found = []
        for item in range(1, s.items + 1):
            p, total = appeal(item, interest), 0.0
            for clicked, chance in ((True, p), (False, 1 - p)):
                k, m = after(item, interest, trust, clicked)
                stay = s.stay[m] * (1 if clicked else s.patience)
                total += chance * (clicked + stay * worth(place + 1, k, m))
            found.append(total)
        if policy is None:
            return max(found)
        table = policy if policy.dim() == 2 else policy[place]
        return sum(float(table[interest * s.levels + trust, i]) * v for i, v in enumerate(found, 1))

    opening = [i for i in range(1, s.items + 1) if not world.bait[i]]
    return sum(worth(0, int(world.leads[i]), top) for i in opening) / len(opening)


@pytest.mark.parametrize("seed", [4, 1, 7])
def test_every_value_is_that_of_enumeration(seed):
    world = session_world("small-feed", catalogue_seed=seed)
    best = by_enumeration(world)
    assert math.isclose(float(world.value(world.best())), best, rel_tol=1e-12)
    top = (world.starts() * world.optimum()[0].max(1).values).sum()
    assert math.isclose(float(top), best, rel_tol=1e-12)
    for policy in (world.logger(), world.myopic()):
        assert math.isclose(float(world.value(policy)), by_enumeration(world, policy), rel_tol=1e-12)


SPOILED = {
    "trust is ignored": lambda w: setattr(w, "stays", w.stays.max(1, keepdim=True).values.expand_as(w.stays)),
    "a skip annoys nobody": lambda w: setattr(w, "stays", w.stays[[1, 1]]),
    "bait is like others": lambda w: setattr(
        w, "after", torch.where(w.bait, w.leads * w.settings.levels + w.settings.levels - 1, w.after)
    ),
    "everything suits": lambda w: setattr(w, "click", w.appeal.expand_as(w.click)),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_world_is_noticed(how):
    world, other = session_world("small-feed"), session_world("small-feed")
    SPOILED[how](other)
    for policy in (None, world.logger()):
        value = float(other.value(other.best() if policy is None else policy))
        assert not math.isclose(value, by_enumeration(world, policy), rel_tol=1e-3)


def test_a_million_sessions_agree_and_a_spoiled_value_does_not():
    world = session_world("small-feed")
    for n, policy in enumerate((world.logger(), world.myopic(), world.best())):
        mean, error = play(world, policy, 1_000_000, seed=n).mean()
        assert abs(mean - float(world.value(policy))) < 4 * error
        for spoil in SPOILED.values():
            other = session_world("small-feed")
            spoil(other)
            wrong = float(other.value(policy))
            # A change that a policy never meets changes nothing; any other is far outside of chance.
            assert (
                math.isclose(wrong, float(world.value(policy)), rel_tol=1e-9) or abs(mean - wrong) > 4 * error
            )


@pytest.mark.parametrize("name", ["small-feed", "feed"])
def test_the_order_of_policies(name):
    world = session_world(name)
    logger, myopic, best = (float(world.value(p)) for p in (world.logger(), world.myopic(), world.best()))
    assert logger < myopic < best - 0.5
    draw = torch.Generator().manual_seed(0)
    for _ in range(20):
        scores = 3 * torch.randn(world.settings.steps, *world.click.shape, generator=draw)
        scores[..., 0] = -torch.inf
        assert float(world.value(scores.softmax(-1))) < best


def test_the_worth_of_the_best_policy_is_the_optimum():
    world = session_world("feed")
    torch.testing.assert_close(world.worth(world.best()), world.optimum())
    values = world.values(world.logger())
    torch.testing.assert_close(
        (world.logger() * world.worth(world.logger()).nan_to_num(neginf=0)).sum(-1), values
    )


def test_what_happened_tells_the_state_and_the_chances():
    """Clicks and departures, grouped by what the world says of the state, come out as its tables say."""
    world = session_world("small-feed")
    played = play(world, world.logger(), 200_000, seed=5)
    items, clicked = played.shown()
    states, real = world.states(items, clicked), played.items > 0
    expected = world.click[states[:, :-1][real], played.items[real]]
    gap = played.clicked[real].double() - expected
    for item in range(1, 7):
        mine = gap[played.items[real] == item]
        assert abs(float(mine.mean())) < 4 * float(mine.std()) / len(mine) ** 0.5
    chance = world.logger()[states[:, :-1][real], played.items[real]]
    torch.testing.assert_close(played.chance[real], chance)


def test_a_log_holds_the_sessions():
    world = session_world("small-feed")
    played = play(world, world.logger(), 500, seed=2)
    log = log_of_sessions(world, played)
    frame = log.frame
    assert len(log) == 500 + int(played.lengths.sum()) and log.repeats
    shown = frame.groupby("user").cumcount() > 0
    assert (frame["event"][shown] == "click").sum() == int(played.returns.sum())
    assert (frame["propensity"][~shown] == 1).all() and (frame["event"][~shown] == "click").all()


def test_one_seed_is_one_log_and_pairs_share_their_luck():
    world = session_world("feed")
    one, same, other = (play(world, world.logger(), 300, seed) for seed in (1, 1, 2))
    assert torch.equal(one.items, same.items) and not torch.equal(one.items, other.items)
    assert torch.equal(one.opened, play(world, world.best(), 300, 1).opened)


def test_bad_input_is_refused():
    world = session_world("small-feed")
    with pytest.raises(DataError, match="a policy of small-feed is"):
        world.value(torch.ones(3, 7))
    with pytest.raises(DataError, match="column 0"):
        world.value(torch.full((4, 7), 1 / 7))
    with pytest.raises(DataError, match="sum to 1"):
        world.value(world.logger() / 2)
    with pytest.raises(InputError, match="small-feed"):
        session_settings("smal-feed")
    with pytest.raises(InputError, match="patience"):
        session_settings("feed", patienc=0.5)
    with pytest.raises(InputError, match="between 0 and 1"):
        replace(session_settings("feed"), off=1.5)
    with pytest.raises(InputError, match="at least one must be none"):
        replace(session_settings("feed"), bait=50)
