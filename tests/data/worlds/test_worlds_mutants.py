"""Lines of the worlds that could once be broken without a test noticing."""

from seqrec_lib.data import simulate


def test_the_text_of_an_item_says_how_dear_it_is():
    world = simulate("shop", users=5)
    levels = dict.fromkeys(("cheap", "medium price", "dear"), 0)
    for text, price in zip(world.features["text"][1:], world.tables.log_price[1:].tolist(), strict=True):
        (said,) = [part for part in text.split("; ") if part in levels]
        assert said == ("cheap" if price < -0.7 else "dear" if price > 0.7 else "medium price"), text
        levels[said] += 1
    assert all(levels.values())
