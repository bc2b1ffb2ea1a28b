"""Tables of items: each scores as the vectors it gives say, and what is stored is as near as it promises."""

import numpy as np
import pytest
import torch

from seqrec_lib.encoders.tables import (
    STORED,
    TABLES,
    TRAINED,
    CodedTable,
    bytes_of_rows,
    dequantise,
    make_table,
    nearest_codes,
    pack_pairs,
    product_scores,
    quantile_codes,
    quantise,
    unpack_pairs,
)
from seqrec_lib.messages import InputError

ROWS, DIM = 31, 8
OWN = [name for name in TABLES if name != "full"]


def vectors(rows=ROWS, dim=DIM):
    """Random vectors of very different lengths; that of padding is 0."""
    draw = torch.Generator().manual_seed(5)
    found = torch.randn(rows, dim, generator=draw) * torch.logspace(-2, 1, rows)[:, None]
    found[0] = 0.0
    return found


def table_of(kind):
    torch.manual_seed(2)
    made = make_table(kind, ROWS, DIM, 1.0, shared_rows=6, pieces=4, kept=0.3)
    if kind in STORED:
        made.put(vectors())
    return made


@pytest.mark.parametrize("kind", OWN)
def test_padding_is_zero_and_every_shape_of_items_is_read_from_the_rows(kind):
    table = table_of(kind)
    items = torch.tensor([[0, 3, 30], [7, 0, 3]])
    found, rows = table(items), table.weight
    assert rows.shape == (ROWS, DIM) and found.shape == (2, 3, DIM)
    torch.testing.assert_close(found, rows[items], rtol=0, atol=0)
    assert not rows[0].any() and bool(rows[[30, 29, 28]].any(1).all())
    torch.testing.assert_close(table(torch.tensor(7)), rows[7], rtol=0, atol=0)


@pytest.mark.parametrize("kind", OWN)
def test_scores_are_dot_products_with_the_vectors(kind):
    table = table_of(kind)
    states = torch.randn(3, DIM, generator=torch.Generator().manual_seed(1))
    rows = table.weight.detach().double().numpy()
    want = np.array([[sum(a * b for a, b in zip(s, r, strict=True)) for r in rows] for s in states.tolist()])
    with torch.no_grad():
        np.testing.assert_allclose(table.scores(states)[:, 1:], want[:, 1:], rtol=1e-4, atol=1e-4)
        scores = table.score_items(states)
        assert bool((scores[:, 0] == -torch.inf).all())
        np.testing.assert_allclose(scores[:, 1:], want[:, 1:], rtol=1e-4, atol=1e-4)
        asked = torch.tensor([[4, 9], [30, 4], [1, 1]])
        got = table.score_items(states, asked)
    np.testing.assert_allclose(got, np.take_along_axis(want, asked.numpy(), 1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [name for name in TRAINED if name != "full"])
def test_what_is_trained_has_gradients_and_padding_gives_none(kind):
    table = table_of(kind)
    table(torch.zeros(2, 3, dtype=torch.int64)).sum().backward()
    assert all(not each.grad.any() for each in table.parameters())
    table(torch.tensor([5])).sum().backward()
    assert all(each.grad.any() for each in table.parameters())


@pytest.mark.parametrize("kind", STORED)
def test_what_is_stored_has_no_parameters_and_cannot_be_trained(kind):
    table = table_of(kind)
    assert not list(table.parameters())
    with pytest.raises(InputError, match=f"table is {kind}: .*is not trained itself"):
        table.start_from_log(torch.tensor([1]), torch.tensor([1]))


@pytest.mark.parametrize(("bits", "kind"), [(8, "int8"), (4, "int4")])
def test_no_number_is_off_by_more_than_half_a_step(bits, kind):
    weight, table = vectors(), table_of(kind)
    step = weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    off = (table.weight - weight).abs()
    assert bool((off <= step / 2 + 1e-6).all())
    assert off.max() > 0 and off[1:].max(1).values.div(step[1:, 0]).max() > 0.3, "steps as wide as they say"
    stored = sum(each.numel() * each.element_size() for each in table.buffers())
    assert stored == bytes_of_rows(ROWS, DIM, bits) == ROWS * (DIM * bits // 8 + 4)


def test_bf16_keeps_three_places_in_two_bytes():
    table, weight = table_of("bf16"), vectors()
    assert table.vectors.element_size() == 2
    assert 0 < (table.weight - weight).abs().div(weight.abs().clamp(min=1e-9)).max() < 2**-8


def test_int8_times_int8_is_the_product_of_both_roundings():
    table = table_of("int8")
    states = torch.randn(20, DIM, generator=torch.Generator().manual_seed(1))
    want = dequantise(*quantise(states)) @ table.weight.T
    torch.testing.assert_close(table.dynamic_scores(states), want, rtol=1e-4, atol=1e-4)
    with pytest.raises(InputError, match="8 bits"):
        table_of("int4").dynamic_scores(states)


def test_four_bits_go_in_pairs_and_come_back():
    every = torch.arange(-8, 8, dtype=torch.int8)
    q = torch.stack([every, every.flip(0)], 1)  # (16, 2)
    packed = pack_pairs(q)
    assert packed.shape == (16, 1) and packed.dtype == torch.uint8
    assert packed[0] == 0 + 16 * 15, "the even column is the low half"
    torch.testing.assert_close(unpack_pairs(packed), q, rtol=0, atol=0)


def test_sparse_keeps_the_largest_share_and_nothing_else():
    table, weight = table_of("sparse"), vectors()
    count = round(0.3 * ROWS * DIM)
    least = sorted((abs(x) for x in weight.flatten().tolist()), reverse=True)[count - 1]
    want = torch.where(weight.abs() >= least, weight, 0.0)
    torch.testing.assert_close(table.weight, want, rtol=0, atol=0)
    assert int((table.weight != 0).sum()) == count == len(table.values)
    items = torch.tensor([[30, 1], [1, 0]])  # twice the same, an empty row, the last row
    torch.testing.assert_close(table(items), want[items], rtol=0, atol=0)


def test_hashed_items_share_and_quotient_and_remainder_does_not():
    hashed, qr = table_of("hashed").weight, table_of("qr").weight
    torch.testing.assert_close(hashed[1], hashed[7], rtol=0, atol=0)
    assert len(hashed[1:].unique(dim=0)) == 6 and len(qr[1:].unique(dim=0)) == ROWS - 1
    table = table_of("qr")
    torch.testing.assert_close(qr[20], table.remainders[20 % 6] * table.quotients[20 // 6], rtol=0, atol=0)
    assert sum(p.numel() for p in table.parameters()) == (6 + 6) * DIM


def test_codes_from_the_log_are_balanced_and_come_from_it_alone():
    draw = torch.Generator().manual_seed(4)
    users = torch.randint(0, 40, (900,), generator=draw)
    items = torch.randint(1, 601, (900,), generator=draw)
    codes = quantile_codes(users, items, 601, 5, 256)
    assert codes.shape == (601, 5) and codes.dtype == torch.uint8 and not codes[0].any()
    for axis in range(5):
        sizes = np.bincount(codes[1:, axis].numpy(), minlength=256)
        assert set(sizes) == {2, 3}, "600 items in 256 bins"
    torch.manual_seed(99)
    before = torch.get_rng_state()
    assert torch.equal(codes, quantile_codes(users, items, 601, 5, 256)), "the seed is the function's own"
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(codes, quantile_codes(users.repeat(2), items.repeat(2), 601, 5, 256)), "met, not often"
    assert not torch.equal(codes, quantile_codes(users, items.flip(0), 601, 5, 256))


def test_items_that_are_met_alike_have_like_codes():
    """Two groups of users, two groups of items: the first axis parts them."""
    users = torch.arange(40).repeat_interleave(10)
    items = 1 + 10 * (users % 2) + torch.arange(10).repeat(40)
    first = quantile_codes(users, items, 21, 1, 2)[1:, 0]
    assert first[:10].unique().numel() == first[10:].unique().numel() == 1 and first[0] != first[10]


def test_start_from_log_gives_the_table_its_codes():
    table = table_of("codes")
    chance = table.codes.clone()
    users, items = torch.arange(60) // 3, torch.arange(60) % (ROWS - 1) + 1
    table.start_from_log(users, items)
    assert torch.equal(table.codes, quantile_codes(users, items, ROWS, 4, ROWS - 1))
    assert not torch.equal(table.codes, chance)


def test_k_means_finds_codewords_that_are_there():
    """Twenty items with four different pieces each way: as many codewords as items, nothing is lost."""
    weight = vectors(21, 6)
    codes, books = nearest_codes(weight, 3)
    assert codes.shape == (21, 3) and books.shape == (3, 20, 2)
    table = CodedTable(21, 6, 1.0, 3)
    table.put(weight)
    torch.testing.assert_close(table.weight, weight, rtol=1e-4, atol=1e-5)


def test_more_rounds_of_k_means_fit_better():
    weight = torch.randn(1001, 4, generator=torch.Generator().manual_seed(6))

    def error(rounds):
        codes, books = nearest_codes(weight, 2, rounds=rounds)
        put = torch.cat([books[k][codes[1:, k].long()] for k in range(2)], 1)
        return float((put - weight[1:]).square().mean())

    assert error(8) < error(1) < error(0)


def test_product_scores_of_each_piece_are_added():
    draw = torch.Generator().manual_seed(3)
    states, books = torch.randn(2, 6, generator=draw), torch.randn(3, 4, 2, generator=draw)
    codes = torch.randint(0, 4, (5, 3), generator=draw)
    want = torch.zeros(2, 5)
    for b in range(2):
        for i in range(5):
            for k in range(3):
                want[b, i] += states[b, 2 * k : 2 * k + 2] @ books[k, codes[i, k]]
    torch.testing.assert_close(product_scores(states, books, codes), want)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: make_table("codez", 9, 8, 1.0), "codes"),
        (lambda: make_table("codes", 9, 8, 1.0, pieces=3), "pieces is 3: it must divide dim, which is 8"),
        (lambda: make_table("int4", 9, 7, 1.0), "dim is 7: two numbers share a byte"),
        (lambda: make_table("sparse", 9, 8, 1.0, kept=0.0), "kept is 0"),
        (lambda: make_table("sparse", 9, 8, 1.0, kept=1.5), "kept is 1.5"),
        (lambda: make_table("sparse", 9, 300, 1.0), "at most 256"),
        (lambda: quantise(torch.ones(2, 2), 9), "bits is 9"),
        (lambda: quantise(torch.ones(2, 2), 1), "bits is 1"),
        (lambda: quantise(torch.tensor([[1.0], [torch.nan]])), "row 1 of the table"),
        (lambda: pack_pairs(torch.zeros(2, 3, dtype=torch.int8)), "dim is 3"),
        (lambda: pack_pairs(torch.full((2, 2), 8, dtype=torch.int8)), "-8 to 7"),
        (lambda: nearest_codes(torch.ones(4, 6), 4), "pieces is 4"),
    ],
)
def test_a_bad_setting_is_refused_in_words(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_a_row_of_zeros_has_scale_one():
    q, scale = quantise(torch.zeros(2, 3))
    assert not q.any() and bool((scale == 1).all())
