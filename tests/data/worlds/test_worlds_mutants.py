"""Lines of the worlds that could once be broken without a test noticing."""

import numpy as np
import pytest

from seqrec_lib.data import simulate


def test_the_text_of_an_item_says_how_dear_it_is():
    world = simulate("shop", users=5)
    levels = dict.fromkeys(("cheap", "medium price", "dear"), 0)
    for text, price in zip(world.features["text"][1:], world.tables.log_price[1:].tolist(), strict=True):
        (said,) = [part for part in text.split("; ") if part in levels]
        assert said == ("cheap" if price < -0.7 else "dear" if price > 0.7 else "medium price"), text
        levels[said] += 1
    assert all(levels.values())


def test_an_item_that_calls_for_itself_goes_with_no_other():
    assert not any("goes with" in text for text in simulate("music", users=5).features["text"])
    shop = simulate("shop", users=5)
    for source, called in enumerate(shop.tables.called.tolist()):
        if called:
            assert f"goes with {shop.titles[source]}" in shop.features["text"][called]


def test_periods_are_told_apart_where_popularity_drifts_and_nowhere_else():
    from dataclasses import replace

    import torch

    from seqrec_lib.data import WORLDS
    from seqrec_lib.data.worlds.clock import EPOCH
    from seqrec_lib.data.worlds.fitting.evidence import PERIOD, _periods

    still = replace(WORLDS["video"], drift=0.0, weekend=0.0)
    moments = torch.tensor([EPOCH + 1.0, EPOCH + PERIOD - 1.0, EPOCH + 2.5 * PERIOD], dtype=torch.float64)
    assert _periods(still, moments)[0].tolist() == [0, 0, 0]
    assert _periods(replace(still, drift=1.0), moments)[0].tolist() == [0, 0, 1]


@pytest.mark.parametrize(("types", "distinct"), [(1, False), (2, True), (3, True)])
def test_types_of_users_differ_in_budget_and_pace(types, distinct):
    from dataclasses import replace

    from seqrec_lib.data import simulate
    from seqrec_lib.data.worlds.added_tables import added_tables

    world = simulate("shop", users=10)
    tables = world.tables
    made = added_tables(replace(world.settings, types=types), tables.family, tables.category)
    assert (np.ptp(made["budget"]) > 1.0) == distinct
