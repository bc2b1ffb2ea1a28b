"""What would come next had an event been set, against the process written a second time."""

import pytest
import torch
from plain_world import PlainWorld
from test_worlds_oracle_enumeration import as_batch, histories
from tiny_worlds import DRIFTING, REPEATING, tiny_world

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.worlds import DoOracle, doing, oracle_do, quiet_items
from seqrec_lib.messages import InputError

WORLDS = {
    "plain": ("video", {}),
    "both": ("video", {**DRIFTING, **REPEATING}),
    "music": ("music", {}),  # gaps tell the type there
}
NEW, STEP = 4, 1


def cases(world):
    """Histories of three events without ``NEW``, and the same with ``NEW`` at ``STEP``."""
    found, clocks = histories(world, 3)
    pairs = [(h, c) for h, c in zip(found, clocks, strict=True) if len(h) == 3 and NEW not in h][::5]
    seen = as_batch([h for h, _ in pairs], [c for _, c in pairs], 4)
    items = seen.items.clone()
    items[:, STEP] = NEW
    return pairs, seen, items


def by_hand(world, history, clock, known_from):
    """Types told by the real history, or by the changed one without the step that was set."""
    plain, moments, request = PlainWorld(world), clock.tolist(), clock[len(history)].item()
    changed = (*history[:STEP], NEW, *history[STEP + 1 :])
    if known_from == "seen":
        types = plain.types(history, moments, request)
    else:
        types = []
        for kind, share in enumerate(plain.prior):
            given = plain.given_type(changed[:STEP], moments, kind, moments[STEP])
            own = sum(p for (item, _), p in given.items() if item == NEW)
            types.append(share * plain.likelihood(changed, moments, kind, request) / own)
        types = [weight / sum(types) for weight in types]
    p = [0.0] * (world.n_items + 1)
    for kind, weight in enumerate(types):
        for (item, _), value in plain.given_type(changed, moments, kind, request).items():
            p[item] += weight * value
    return p


def agrees(world, known_from):
    pairs, seen, items = cases(world)
    want = torch.tensor([by_hand(world, h, c, known_from) for h, c in pairs], dtype=torch.float64)
    return torch.allclose(oracle_do(world, seen, items, known_from), want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("known_from", doing.KNOWN_FROM)
@pytest.mark.parametrize("name", WORLDS)
def test_setting_an_event_equals_enumeration(name, known_from):
    skin, changes = WORLDS[name]
    assert agrees(tiny_world(skin, users=1, **changes), known_from)


def test_the_three_questions_have_three_answers():
    """Seeing another event, and setting it under either belief, differ; so a mix-up would fail above."""
    world = tiny_world(users=1)
    _, seen, items = cases(world)
    saw = world.oracle(items, None, seen.lengths, None)
    answers = [saw, *(oracle_do(world, seen, items, each) for each in doing.KNOWN_FROM)]
    for n, one in enumerate(answers):
        torch.testing.assert_close(one.sum(1), torch.ones(len(one), dtype=torch.float64))
        for other in answers[n + 1 :]:
            assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize("known_from", doing.KNOWN_FROM)
def test_setting_nothing_changes_nothing(known_from):
    world = tiny_world(users=1)
    _, seen, _ = cases(world)
    told = oracle_do(world, seen, seen.items, known_from)
    torch.testing.assert_close(told, world.oracle(seen.items, None, seen.lengths, None))


def test_with_one_type_setting_is_seeing():
    world = tiny_world(users=1, types=1)
    _, seen, items = cases(world)
    for known_from in doing.KNOWN_FROM:
        torch.testing.assert_close(
            oracle_do(world, seen, items, known_from), world.oracle(items, None, seen.lengths, None)
        )


def test_enumeration_rejects_a_belief_that_moves(monkeypatch):
    """An oracle that learns the type from what was set is found out."""
    monkeypatch.setattr(doing, "_said", lambda world, seen, items: torch.zeros(1, dtype=torch.float64))
    assert not agrees(tiny_world(users=1), "kept")


def test_as_a_model_it_answers_row_by_row():
    world = tiny_world(users=1)
    _, seen, items = cases(world)
    one = seen.rows(slice(2, 3))
    asked = seen.rows(torch.tensor([2, 2])).trim()
    asked.items[1] = items[2, :3]
    found = DoOracle(world, one).score(asked)
    torch.testing.assert_close(found[0], world.oracle(seen.items, None, seen.lengths, None)[2])
    torch.testing.assert_close(found[1], oracle_do(world, seen, items)[2])
    assert DoOracle(world, one).score(asked, torch.tensor([[1, 2], [3, 4]])).shape == (2, 2)


def test_what_cannot_be_set_is_said():
    world = tiny_world(users=1)
    _, seen, items = cases(world)
    with pytest.raises(InputError, match="known_from"):
        oracle_do(world, seen, items, "sen")
    with pytest.raises(InputError, match="as was seen"):
        oracle_do(world, seen, items[:, :2])


def test_quiet_items_call_for_nothing_and_the_others_call():
    world = simulate("video", users=1)
    quiet = quiet_items(world).tolist()
    loud = [item for item in range(1, world.n_items + 1) if item not in quiet]
    assert len(quiet) > 20 and len(loud) > 20
    for item in (*quiet[:10], *loud[:10], *loud[-10:]):
        called = {item, int(world.tables.successor[item]), int(world.tables.called[item])}
        others = [each for each in quiet if each not in called][:9]
        share = 0.0
        for history in ([*others, item], [item, *others]):  # as the newest, and ten events back
            batch = Batch(torch.tensor([history]), torch.tensor([len(history)]))
            share += float(world.cause_predictive(batch)[0, :-1].sum())
        assert (share > 0.01) == (item in loud)
