"""Lists in sessions: one item is the world itself, other lengths by enumeration of every history."""

import itertools

import pytest
import torch

from seqrec_lib.data import DataError
from seqrec_lib.data.worlds import ListWorld, greedy, session_world

WORLD = session_world("small-feed")


def by_enumeration(world, show, length):
    """Expected clicks over every history; ``show(place, state)``: lists with their chances, None: the best.

    It reads lists item by item, in the words of the class, and shares no line with it.
    """
    every = list(itertools.permutations(range(1, world.n_items + 1), length))

    def from_list(items, place, z):
        total, still, met = 0.0, 1.0, set()
        for i in items:
            if i in met:
                continue
            met.add(i)
            hit, after = float(world.click[z, i]), int(world.after[z, i])
            total += still * hit * (1 + float(world.stays[1, after]) * worth(place + 1, after))
            still *= 1 - hit
        return total + still * float(world.stays[0, z]) * worth(place + 1, z)

    known = {}

    def worth(place, z):
        if place == world.settings.steps:
            return 0.0
        if (place, z) not in known:
            shown = [(items, None) for items in every] if show is None else show(place, z)
            found = [(from_list(items, place, z), chance) for items, chance in shown]
            known[place, z] = max(v for v, _ in found) if show is None else sum(v * p for v, p in found)
        return known[place, z]

    return sum(float(p) * worth(0, z) for z, p in enumerate(world.starts()))


def drawn(table, length, again):
    """Lists of one state with their chances, drawn one after the other."""

    def more(items, chance, place, z):
        if len(items) == length:
            return [(items, chance)]
        left = {i: float(table[place][z][i]) for i in range(1, 7) if again or i not in items}
        whole = sum(left.values())
        return [found for i, p in left.items() for found in more((*items, i), chance * p / whole, place, z)]

    return lambda place, z: more((), 1.0, place, z)


def random_policy(seed, world=WORLD):
    draw = torch.Generator().manual_seed(seed)
    scores = torch.randn(world.settings.steps, *world.click.shape, generator=draw, dtype=torch.float64)
    return scores.index_fill(-1, torch.tensor([0]), -torch.inf).softmax(-1)


def test_a_list_of_one_is_the_world_itself():
    lists, policy = ListWorld(WORLD, 1), random_policy(0)
    assert lists.optimum() == pytest.approx(float(WORLD.value(WORLD.best())))
    for again in (True, False):
        assert lists.of_draws(policy, again) == pytest.approx(float(WORLD.value(policy)))
    assert lists.of_top(policy) == pytest.approx(float(WORLD.value(greedy(policy))))


@pytest.mark.parametrize("length", [2, 3])
def test_every_value_is_that_of_enumeration(length):
    lists, policy = ListWorld(WORLD, length), random_policy(length)
    assert lists.optimum() == pytest.approx(by_enumeration(WORLD, None, length))
    for again in (True, False):
        wanted = by_enumeration(WORLD, drawn(policy, length, again), length)
        assert lists.of_draws(policy, again) == pytest.approx(wanted)

    def best_first(place, z):
        order = sorted(range(1, 7), key=lambda i: -float(policy[place, z, i]))
        return [(tuple(order[:length]), 1.0)]

    assert lists.of_top(policy) == pytest.approx(by_enumeration(WORLD, best_first, length))


def test_no_list_is_above_the_optimum_and_repeats_cost():
    lists = ListWorld(WORLD, 3)
    best = lists.optimum()
    assert best > float(WORLD.value(WORLD.best())) + 0.5  # a longer list is more
    for seed in range(10):
        policy = random_policy(seed)
        found = lists.of_draws(policy, again=True), lists.of_draws(policy), lists.of_top(policy)
        assert max(found) < best and found[0] < found[1]


def test_a_policy_that_is_sure_of_one_item_lists_it_alone_when_draws_repeat():
    sure = WORLD.best()
    assert ListWorld(WORLD, 3).of_draws(sure, again=True) == pytest.approx(float(WORLD.value(sure)))
    with pytest.raises(DataError, match="3 different items"):
        ListWorld(WORLD, 3).of_draws(sure)


@pytest.mark.parametrize("name, length", [("small-feed", 0), ("small-feed", 7), ("feed", 4)])
def test_lists_that_cannot_be_enumerated_are_refused(name, length):
    with pytest.raises(DataError, match=f"lists of {length}"):
        ListWorld(session_world(name), length)


def test_a_policy_that_shows_padding_is_refused():
    with pytest.raises(DataError, match="padding"):
        ListWorld(WORLD, 2).of_draws(torch.full((4, 7), 1 / 7))
