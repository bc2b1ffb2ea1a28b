"""Whitening, residual quantisation, RQ-VAE, trie and beam: what they promise, on data that could break it."""

import itertools

import pytest
import torch

from seqrec_lib.encoders.quantise import (
    code_entropy,
    collisions,
    dead_codes,
    numbered_apart,
    residual_codes,
    residual_kmeans,
)
from seqrec_lib.encoders.rq_vae import RQVAE, fit_rq_vae, straight_through
from seqrec_lib.encoders.trie import beam_search, make_trie
from seqrec_lib.encoders.whitening import fit_whitening


def numbers(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_each_level_leaves_less():
    z = numbers(0, 200, 6)
    books = residual_kmeans(z, 4, 8)
    left = [float(residual_codes(z, books[: n + 1])[1].square().sum()) for n in range(4)]
    assert left == sorted(left, reverse=True) and left[-1] < 0.6 * left[0] < float(z.square().sum())


def test_kmeans_finds_clusters_that_are_there_and_leaves_no_codeword_dead():
    centres = 10 * numbers(1, 5, 3)
    z = centres.repeat_interleave(20, 0) + 0.1 * numbers(2, 100, 3)
    codes, _ = residual_codes(z, residual_kmeans(z, 1, 5, seed=3))
    assert dead_codes(codes, [5]) == [0]
    assert all(len(codes[20 * n : 20 * n + 20].unique()) == 1 for n in range(5))
    assert code_entropy(codes)[0] == pytest.approx(torch.log2(torch.tensor(5.0)).item())


def test_fewer_different_vectors_than_codewords():
    z = numbers(4, 3, 2).repeat(4, 1)
    (book,) = residual_kmeans(z, 1, 9)
    assert len(book) <= 9 and float(residual_codes(z, [book])[1].abs().max()) < 1e-9
    with pytest.raises(ValueError, match="at least 1 of each"):
        residual_kmeans(z, 0, 4)


def test_collisions_are_counted_and_told_apart():
    codes = torch.tensor([[1, 2], [1, 2], [0, 2], [1, 2]])
    assert collisions(codes) == 0.75
    assert numbered_apart(codes)[:, 2].tolist() == [0, 1, 0, 2]
    assert collisions(numbered_apart(codes)) == 0
    assert dead_codes(codes, [3, 3]) == [1, 2]


def test_whitening_leaves_out_what_is_noise():
    x = numbers(5, 60, 2) @ numbers(6, 2, 5) + 1e-6 * numbers(7, 60, 5)
    white = fit_whitening(x)
    assert white.W.shape == (5, 2)
    torch.testing.assert_close(white(x).T @ white(x) / 60, torch.eye(2).double(), atol=1e-6, rtol=0)
    assert fit_whitening(x, keep=1).W.shape == (5, 1)
    with pytest.raises(ValueError, match="all equal"):
        fit_whitening(torch.ones(4, 3))
    with pytest.raises(ValueError, match="unknown way"):
        fit_whitening(x, "zac")


def test_zca_keeps_the_axes_and_pca_does_not():
    x = numbers(8, 500, 4) * torch.tensor([1.0, 3.0, 0.5, 2.0])
    kept, turned = fit_whitening(x, "zca").W, fit_whitening(x, "pca").W
    assert (kept.diagonal().abs() > 5 * (kept - kept.diagonal().diag()).abs().amax(0)).all()
    assert turned.abs().argmax(0).tolist() == [1, 3, 0, 2]  # widest first


def test_straight_through_has_one_value_and_the_other_gradient():
    z, word = numbers(9, 4, 3).requires_grad_(True), numbers(10, 4, 3)
    out = straight_through(z, word)
    torch.testing.assert_close(out, word)
    (slope,) = torch.autograd.grad((out * word).sum(), z)
    torch.testing.assert_close(slope, word)


def test_rq_vae_learns_and_a_start_from_kmeans_has_no_dead_code():
    """Twelve heaps of points. The loss climbs for a while before it falls, so it is read after many steps."""
    centres = 3 * numbers(11, 12, 8).float()
    x = centres.repeat_interleave(10, 0) + 0.2 * numbers(12, 120, 8).float()
    before = torch.get_rng_state()
    dead = {}
    for started in (False, True):
        sizes = dict(levels=2, size=8, between=4, started=started)
        at_first, _ = fit_rq_vae(x, steps=1, lr=1e-9, **sizes)
        dead[started] = sum(dead_codes(at_first.codes(x), [8, 8]))
        _, losses = fit_rq_vae(x, steps=1200, **sizes)
        assert losses[-1] < losses[0] / 3
    assert dead[True] == 0 and dead[False] >= 4
    assert torch.equal(torch.get_rng_state(), before)


def test_every_weight_of_rq_vae_learns():
    torch.manual_seed(0)
    model = RQVAE(5, 3, 2, 4)
    model(torch.randn(30, 5))[0].backward()
    assert all(weight.grad is not None and weight.grad.abs().max() > 0 for weight in model.parameters())


def _next_code(seed, size):
    def log_p(row, prefixes):
        rows = []
        for n, prefix in zip(row.tolist(), prefixes.tolist(), strict=True):
            number = seed + n
            for code in prefix:
                number = 31 * number + code + 1
            draw = torch.Generator().manual_seed(number)
            rows.append(torch.randn(size, generator=draw).log_softmax(0))
        return torch.stack(rows)

    return log_p


def test_a_wide_beam_is_exact_and_a_trie_keeps_it_to_items():
    every = torch.tensor(list(itertools.product(range(4), range(4), range(3))))
    items = every[torch.randperm(48, generator=torch.Generator().manual_seed(1))[:15]]
    next_code = _next_code(5, 4)
    codes, log_p = beam_search(next_code, 2, [4, 4, 3], 15, make_trie(items))
    for row in range(2):
        exact = {}
        for item in items.tolist():
            total = 0.0
            for level, code in enumerate(item):
                total += float(
                    next_code(torch.tensor([row]), torch.tensor([item[:level]]).long().view(1, -1))[0, code]
                )
            exact[tuple(item)] = total
        wanted = sorted(exact, key=exact.get, reverse=True)
        assert [tuple(code) for code in codes[row].tolist()] == wanted
        assert log_p[row].tolist() == pytest.approx([exact[item] for item in wanted], abs=1e-5)
    free, _ = beam_search(next_code, 2, [4, 4, 3], 15)
    known = {tuple(item) for item in items.tolist()}
    assert any(tuple(code) not in known for code in free.flatten(0, 1).tolist())


def test_a_beam_without_width_and_codes_that_collide_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        beam_search(_next_code(0, 3), 1, [3], 0)
    with pytest.raises(ValueError, match="equal codes"):
        make_trie(torch.tensor([[1, 2], [1, 2]]))
