"""Two levels: an item's weight is its share of its session times the session's share."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _shares(scores: Tensor, rows: Tensor) -> Tensor:
    """Softmax over ``rows``, 0 elsewhere; all 0 where there is no row."""
    found = torch.zeros_like(scores)
    if rows.any():
        found[rows] = scores[rows].softmax(0)
    return found


def _levels(scores: Tensor, session: Tensor, session_scores: Tensor, now: int) -> tuple[Tensor, Tensor]:
    """``(within (T,), across (S,))`` as step ``now`` sees them."""
    seen = torch.arange(len(scores)) <= now
    there = torch.tensor([bool((session[seen] == s).any()) for s in range(len(session_scores))])
    across = _shares(session_scores, there)
    sessions = range(len(session_scores))
    within = torch.stack([_shares(scores, seen & (session == s)) for s in sessions]).sum(0)
    return within, across


def item_weights(scores: Tensor, session: Tensor, session_scores: Tensor, now: int) -> Tensor:
    """scores, session: (T,), session_scores: (S,), now: int. Returns (T,)."""
    within, across = _levels(scores, session, session_scores, now)
    return within * across[session]


def one_softmax(scores, session, session_scores, now):
    return _shares(scores + session_scores[session], torch.arange(len(scores)) <= now)


def within_alone(scores, session, session_scores, now):
    return _levels(scores, session, session_scores, now)[0]


def across_alone(scores, session, session_scores, now):
    seen = torch.arange(len(scores)) <= now
    return _levels(scores, session, session_scores, now)[1][session] * seen


def later_items_seen(scores, session, session_scores, now):
    """Sessions that began are taken whole."""
    end = int((session <= session[now]).nonzero().max())
    return item_weights(scores, session, session_scores, end)


def everything_seen(scores, session, session_scores, now):
    return item_weights(scores, session, session_scores, len(scores) - 1)


def empty_sessions_vote(scores, session, session_scores, now):
    """A session without a visible item keeps its share, which then is lost."""
    within, _ = _levels(scores, session, session_scores, now)
    return within * session_scores.softmax(0)[session]


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(36)

    def case(about: str, session: list[int], now: int, sessions: int | None = None) -> Probe:
        count = max(session) + 1 if sessions is None else sessions
        scores = torch.randn(len(session), generator=generator)
        votes = torch.randn(count, generator=generator)
        return Probe(about, (scores, torch.tensor(session), votes, now))

    return [
        case("two sessions, all seen", [0, 0, 1], 2),
        case("in the middle of a session", [0, 0, 1, 1, 1], 3),
        case("a session still to come", [0, 1, 1, 2, 2, 2], 1),
        case("a session with no item", [0, 0, 2, 2], 3),
        case("one long and two short sessions", [0, 0, 0, 0, 0, 1, 2], 6),
        case("one session", [0, 0, 0, 0], 2),
    ]


EXERCISE = Exercise(
    name="item-weights",
    reference=item_weights,
    probes=_probes,
    mutants=(
        Mutant(
            "one-softmax",
            "All items share one softmax, so a session counts by how many items it has. Each session has one "
            "vote, however long it is.",
            one_softmax,
        ),
        Mutant("within-alone", "These are the shares within sessions. Their sum is not 1.", within_alone),
        Mutant(
            "across-alone",
            "Every item has its whole session's share. The items of a session divide it among themselves.",
            across_alone,
        ),
        Mutant(
            "session-taken-whole",
            "The session of step `now` is taken whole, with items that come after `now`.",
            later_items_seen,
        ),
        Mutant("everything-seen", "Items after step `now` have weight.", everything_seen),
        Mutant(
            "empty-sessions-vote",
            "A session of which nothing can be seen takes part in the vote, and its share goes to nobody.",
            empty_sessions_vote,
        ),
    ),
    hints=(
        "The weights must sum to 1 over the items up to `now`, whatever the sessions are.",
        "First decide which items are seen, then which sessions have one of them, and only then divide.",
    ),
)
