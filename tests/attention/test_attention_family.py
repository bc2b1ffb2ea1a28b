"""Target attention, bi-attention, two levels, relative forms: what each promises."""

import math

import pytest
import torch
from tiny_models import close

from seqrec_lib.attention import (
    RELATIVE,
    RelativeAttention,
    TargetAttention,
    alibi_bias,
    bi_attention,
    bucket,
    causal_mask,
    pair_features,
    pool,
    rotate,
    session_ends,
    session_numbers,
    session_shares,
    session_vectors,
    similarity,
    two_level,
)
from seqrec_lib.encoders import Block

B, C, T, D = 3, 4, 6, 8
LENGTHS = torch.tensor([6, 2, 4])
REAL = torch.arange(T) < LENGTHS[:, None]


def numbers(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


STATES, SLATE, W = numbers(0, B, T, D), numbers(1, B, C, D), numbers(2, 3 * D)


def unit(**changes):
    torch.manual_seed(3)
    made = TargetAttention(D, width=5, **changes).double()
    if made.distance is not None:
        torch.nn.init.normal_(made.distance)
    return made


@pytest.mark.parametrize("normalise", [False, True])
def test_the_unit_scores_the_pairs_that_it_names(normalise):
    made = unit(normalise=normalise)
    inner = torch.sigmoid(made.inner(pair_features(SLATE, STATES)))
    root = math.sqrt(D) if normalise else 1.0
    close(made.scores(SLATE, STATES, LENGTHS), made.outer(inner)[..., 0] / root, 1e-12)


def test_doubling_the_history_doubles_the_sum_and_leaves_the_softmax():
    twice, both = torch.cat([STATES, STATES], 1), torch.cat([REAL, REAL], 1)
    scores = unit().scores(SLATE, STATES, LENGTHS)
    doubled = torch.cat([scores, scores], -1)
    close(pool(doubled, twice, both)[0], 2 * pool(scores, STATES, REAL)[0])
    close(pool(doubled, twice, both, True)[0], pool(scores, STATES, REAL, True)[0])


@pytest.mark.parametrize("changes", [{}, {"normalise": True}, {"reach": 4}, {"normalise": True, "reach": T}])
def test_target_attention_reads_no_padding_and_no_other_candidate(changes):
    made = unit(**changes)
    pooled, weights = made(SLATE, STATES, LENGTHS)
    assert pooled.shape == (B, C, D) and weights.shape == (B, C, T)
    assert (weights[~REAL[:, None].expand_as(weights)] == 0).all()
    rubbish = torch.where(REAL[..., None], STATES, 1e3)
    close(made(SLATE, rubbish, LENGTHS)[0], pooled)
    other = SLATE.clone()
    other[:, 1] += 1
    assert torch.equal(made(other, STATES, LENGTHS)[0][:, [0, 2, 3]], pooled[:, [0, 2, 3]])
    assert not torch.allclose(made(other, STATES, LENGTHS)[0][:, 1], pooled[:, 1])


def test_distance_counts_from_the_newest_real_step():
    made = unit(reach=3)
    plain = made.scores(SLATE, STATES, LENGTHS)
    with torch.no_grad():
        made.distance += torch.tensor([0.0, 10.0, 0.0])
    moved = (made.scores(SLATE, STATES, LENGTHS) - plain)[:, 0].detach()
    for row, length in enumerate(LENGTHS.tolist()):
        assert moved[row, length - 2] == pytest.approx(10) and abs(float(moved[row, length - 1])) < 1e-9


def test_similarity_is_the_product_of_w_and_three_parts():
    h, u = STATES[:, :, None].expand(-1, -1, C, -1), SLATE[:, None].expand(-1, T, -1, -1)
    close(similarity(STATES, SLATE, W), torch.cat([h, u, h * u], -1) @ W)
    close(similarity(STATES, SLATE[0], W)[1], similarity(STATES[1:2], SLATE[:1], W)[0])


def test_the_order_of_the_slate_changes_nothing_and_that_of_the_history_permutes_rows():
    """One answer a step: it does not matter where in the slate a candidate stands."""
    found = bi_attention(STATES, SLATE, W).mixed
    close(bi_attention(STATES, SLATE.flip(1), W).mixed, found)
    close(bi_attention(STATES.flip(1), SLATE, W).mixed, found.flip(1))
    assert not torch.allclose(found, found.flip(1))


def test_bi_attention_hides_padding_on_both_sides():
    shown = torch.tensor([[True] * C, [True, True, False, False], [True, False, True, True]])
    found = bi_attention(STATES, SLATE, W, REAL, shown)
    assert (found.to_history[:, 0][~REAL] == 0).all()
    assert (found.to_slate[~shown[:, None].expand(-1, T, -1)] == 0).all()
    rubbish = torch.where(REAL[..., None], STATES, 50.0)
    other = bi_attention(rubbish, torch.where(shown[..., None], SLATE, 50.0), W, REAL, shown)
    close(other.mixed[REAL], found.mixed[REAL])


def test_the_causal_look_ends_at_each_step():
    whole = bi_attention(STATES, SLATE, W, REAL, causal=True)
    for t in range(1, T + 1):
        alone = bi_attention(STATES[:1, :t], SLATE[:1], W)
        close(alone.mixed[:, -1], whole.mixed[:1, t - 1])


TIMES = torch.tensor([[0.0, 5, 100, 104, 300, 301], [0, 1, 9, 9, 9, 9], [0, 50, 100, 101, 0, 0]]).double()


def test_sessions_are_cut_at_long_pauses_and_padding_stands_apart():
    session = session_numbers(TIMES, LENGTHS, 20.0)
    assert session.tolist() == [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1], [0, 1, 2, 2, 3, 3]]
    assert session_ends(session).tolist() == [[1, 1, 3, 3, 5, 5], [1, 1, 5, 5, 5, 5], [0, 1, 3, 3, 5, 5]]
    assert session_numbers(TIMES, LENGTHS, 5.0)[0, 1] == 0  # a pause as long as the gap ends nothing


def levels(scores, votes):
    session, allowed = session_numbers(TIMES, LENGTHS, 20.0), causal_mask(LENGTHS, T)
    shares = session_shares(scores, session, allowed)
    return session, allowed, two_level(shares, votes, STATES, session, allowed)


def test_an_items_weight_is_the_product_and_all_sum_to_one():
    session, allowed, found = levels(numbers(4, B, T, T), numbers(5, B, T, T))
    close(found.weights, found.within * found.across)
    close(found.weights.sum(-1)[REAL], torch.ones(12, dtype=torch.float64))
    assert (found.weights[~allowed] == 0).all()
    close(found.output, found.weights @ STATES)
    for s in range(3):  # within each session that is seen, shares sum to 1
        inside = (found.within[0, 5] * (session[0] == s)).sum()
        assert float(inside) == pytest.approx(1)


def test_a_session_has_one_vote_however_long_it_is():
    even = torch.zeros(B, T, T, dtype=torch.float64)
    _, _, found = levels(even, even)
    close(found.weights[0, 5], torch.full((T,), 1 / 6, dtype=torch.float64))
    close(
        found.weights[0, 4], torch.tensor([1, 1, 1, 1, 2, 0]).double() / 6
    )  # the last session has one item yet


def test_votes_are_read_at_the_last_visible_step_of_a_session_alone():
    votes = numbers(5, B, T, T)
    _, _, found = levels(numbers(4, B, T, T), votes)
    other = votes.clone()
    other[0, 5, [0, 2, 4]] += 9.0  # the first items of the three sessions
    close(levels(numbers(4, B, T, T), other)[2].weights, found.weights)
    other[0, 4, 4] += 9.0  # the newest item that step 4 sees speaks for its unfinished session
    assert not torch.allclose(levels(numbers(4, B, T, T), other)[2].weights[0, 4], found.weights[0, 4])


def test_a_weak_session_does_not_underflow():
    scores = torch.zeros(1, 4, 4, dtype=torch.float64)
    scores[..., :2] = -2000.0
    shares = session_shares(
        scores, torch.tensor([[0, 0, 1, 1]]), torch.ones(1, 4, 4, dtype=torch.bool).tril()
    )
    close(shares[0, 3], torch.full((4,), 0.5, dtype=torch.float64))
    scores.requires_grad_()
    session_shares(
        scores, torch.tensor([[0, 0, 1, 1]]), torch.ones(1, 4, 4, dtype=torch.bool).tril()
    ).sum().backward()
    assert torch.isfinite(scores.grad).all()


def test_a_sessions_vector_grows_with_it():
    session, allowed, found = levels(numbers(4, B, T, T), numbers(5, B, T, T))
    vectors = session_vectors(found.within, STATES, session)
    close(vectors[0, 0], STATES[0, 0])
    close(vectors[0, 1], found.within[0, 1, :2] @ STATES[0, :2])
    close(vectors[0, 2], STATES[0, 2])  # a new session knows nothing of the one before


def test_buckets_are_exact_near_by_and_grow_far_away():
    found = bucket(torch.arange(300))
    assert found[:9].tolist() == list(range(9))
    assert (found.diff() >= 0).all() and found.max() == 23 and (found[128:] == 23).all() and found[127] == 23
    sizes = torch.bincount(found)
    assert (sizes[:8] == 1).all() and (sizes[8:-1].diff() >= -1).all()
    assert bucket(torch.tensor([16, 32]), 8, 16, 128).tolist() == [10, 12]


def test_slopes_fall_by_heads_and_the_bias_by_distance():
    bias = alibi_bias(4, 5)
    assert bias[:, 4, 0].tolist() == [-4 * 2.0**-n for n in (2, 4, 6, 8)]
    assert (bias.diagonal(dim1=1, dim2=2) == 0).all()


def test_a_turned_product_knows_the_distance_alone():
    q, k = numbers(6, 6), numbers(7, 6)
    turned = rotate(q.expand(9, 6)) @ rotate(k.expand(9, 6)).T
    for away in range(-8, 9):
        line = turned.diagonal(away)
        close(line, line[:1].expand_as(line))
    assert not torch.allclose(turned[0, 0], turned[0, 1])
    close(rotate(STATES).norm(dim=-1), STATES.norm(dim=-1))
    close(rotate(STATES)[:, 0], STATES[:, 0])


@pytest.mark.parametrize("form", RELATIVE)
def test_relative_attention_is_the_same_wherever_a_history_begins(form):
    """Shifted by two steps, with what came before hidden, the same items give the same answers."""
    torch.manual_seed(4)
    made = RelativeAttention(D, 2, form).double()
    if form == "buckets":
        torch.nn.init.normal_(made.distance)
    late = causal_mask(torch.tensor([T] * B), T).clone()
    late[:, 2:, :2] = False
    whole, _ = made(STATES, late)
    part, weights = made(STATES[:, 2:], None)
    close(whole[:, 2:], part)
    close(made(STATES[:, 2:], None, need_weights=False)[0], part, 1e-6)
    plain, _ = made(STATES[:, 2:].flip(1), None)
    assert not torch.allclose(plain[:, -1], part[:, -1])
    assert weights.shape == (B, 2, 4, 4)


def test_relative_attention_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="unknown relative form 'ropes': did you mean rope"):
        RelativeAttention(D, 2, "ropes")
    with pytest.raises(ValueError, match="heads of 3 numbers"):
        RelativeAttention(6, 2, "rope")
    with pytest.raises(ValueError, match="the published block knows no distances as rope"):
        Block(D, 2, D, 0.0, "published", form="rope")
    assert "distance" not in RelativeAttention(D, 2, "alibi").state_dict()
