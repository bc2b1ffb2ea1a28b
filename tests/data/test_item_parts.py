"""Parts of items: columns that belong together, new words, nothing fitted on what is not given."""

from dataclasses import replace

import numpy as np
import pytest

from seqrec_lib.data import simulate
from seqrec_lib.data.errors import DataError
from seqrec_lib.data.item_parts import part_shapes, read_parts, word_vector


@pytest.fixture(scope="module")
def log():
    return simulate("ads", users=30).heard


def by_name(parts):
    return {part.name: part for part in parts}


def test_columns_that_belong_together_are_one_part(log):
    shapes = {name: (frames, width) for name, frames, width in part_shapes(log)}
    assert shapes == {
        "category": (1, 64), "text": (1, 64), "price": (1, 1), "image": (1, 8), "speech": (14, 6)
    }  # fmt: skip
    assert tuple(part.shape for part in read_parts(log)) == part_shapes(log)


def test_a_hole_in_the_numbers_leaves_the_columns_alone(log):
    fewer = {name: values for name, values in log.item_features.items() if name != "image_3"}
    names = [name for name, _, _ in part_shapes(replace(log, item_features=fewer))]
    assert "image" not in names and {"image_0", "image_7"} <= set(names)


def test_padding_is_known_of_nothing_and_vectors_have_mean_length_1(log):
    for part in read_parts(log):
        assert not part.known[0].any() and not part.values[0].any()
        rows = part.values[part.known]
        assert np.sqrt((rows**2).sum(1).mean()) == pytest.approx(1, abs=1e-3), part.name


def test_a_word_has_the_same_numbers_everywhere(log):
    assert word_vector("harbour", 64) @ word_vector("harbour", 64) == pytest.approx(1)
    others = [word_vector(f"word{n}", 64) for n in range(200)]
    products = np.array([a @ b for a, b in zip(others, others[1:], strict=False)])
    assert abs(products.mean()) < 0.03 and products.std() == pytest.approx(1 / 8, rel=0.2)


def test_a_companion_meets_the_item_that_it_names(log):
    text = by_name(read_parts(log))["text"].values[:, 0]
    world = simulate("ads", users=30)
    called = world.tables.called
    sources = [i for i in range(1, log.n_items + 1) if called[i] and called[i] != i]
    products = text @ text.T
    np.fill_diagonal(products, -1)
    family = world.tables.family.numpy()
    near = [family[products[int(called[i])].argmax()] == family[i] for i in sources]
    assert np.mean(near) > 0.9


def test_what_is_not_given_is_not_fitted_on(log):
    fitted = np.arange(log.n_items + 1) % 2 == 1
    before = by_name(read_parts(log, fitted))
    price = log.item_features["price"].copy()
    price[2::2] *= 100
    after = by_name(read_parts(replace(log, item_features={**log.item_features, "price": price}), fitted))
    np.testing.assert_array_equal(before["price"].values[1::2], after["price"].values[1::2])
    assert not np.array_equal(before["price"].values[2::2], after["price"].values[2::2])


def test_missing_numbers_and_empty_lines_are_not_known(log):
    price, text = log.item_features["price"].copy(), log.item_features["text"].copy()
    price[5], text[6] = np.nan, None
    changed = {"price": price, "line": text}
    parts = by_name(read_parts(replace(log, item_features=changed, titles=None)))
    assert not parts["price"].known[5] and not parts["price"].values[5].any()
    assert not parts["line"].known[6] and parts["line"].known[7]


def test_bad_input_is_refused_in_words(log):
    with pytest.raises(DataError, match="no item features and no titles"):
        read_parts(replace(log, item_features={}, titles=None))
    with pytest.raises(ValueError, match="fitted must name at least one"):
        read_parts(log, np.zeros(log.n_items + 1, dtype=bool))
    with pytest.raises(ValueError, match="words is 1"):
        read_parts(log, words=1)
    nothing = {"price": np.full(log.n_items + 1, np.nan)}
    with pytest.raises(DataError, match="'price' is known for no item"):
        read_parts(replace(log, item_features=nothing, titles=None))
