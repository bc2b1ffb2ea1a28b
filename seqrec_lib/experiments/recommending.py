"""From histories in the log's own ids to the items that should come next.

Sizes: ``B`` histories, ``T`` steps, ``V`` items.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.moments import Moment, to_seconds
from ..evaluation.asking import asked
from ..evaluation.metrics import allowed_items, check_k, check_scores, top_items
from ..messages import InputError, unknown
from ..models.recommender import Recommender, place_model

HISTORIES_AT_ONCE = 256


class Recommendation(TypedDict):
    """One item of a list: its place from 1, the log's own id, its title ("" without one), its score."""

    rank: int
    item: object
    title: str
    score: float


class RecommendationNote(UserWarning):
    """What was decided on the caller's behalf, in words: ids that were skipped, lists that are short."""


@dataclass(frozen=True)
class Shelf:
    """Which items may be shown, and what is shown to those of whom nothing is known.

    Attributes:
        allowed: ``(V+1,)`` bool, False at padding. counts: ``(V+1,)`` how often each item occurs in training;
            None where the run is of an older version, which did not keep it. seen: whether items of a history
            may be shown again. notes: what was left out, in words.
    """

    allowed: Tensor
    counts: Tensor | None
    seen: bool
    notes: tuple[str, ...] = ()

    def popular(self, k: int) -> list[tuple[int, float]]:
        """The ``k`` most popular items that may be shown, and their counts: for a history that says nothing.

        Raises:
            InputError: the run does not hold how often items occur.
        """
        if self.counts is None:
            raise InputError(
                "the history is empty, and this run, of an older version, did not keep how often items "
                "occur: give at least one item id that it knows, or train it again"
            )
        best = top_items(self.counts[None], k, self.allowed[None])[0]
        return [(item, float(self.counts[item])) for item in best.tolist() if item]


def make_shelf(
    numbers: dict[str, int],
    counts: Sequence[int] | None,
    seen: bool,
    exclude: Sequence[object] = (),
    candidates: Sequence[object] | None = None,
) -> Shelf:
    """A shelf of the ``candidates``, or of all items, without those to ``exclude``, in the log's own ids.

    Raises:
        InputError: an item to exclude that the run does not have, or no candidate that it has.
    """
    allowed = torch.ones(len(numbers) + 1, dtype=torch.bool)
    notes: list[str] = []
    if candidates is not None:
        known = [numbers[str(each)] for each in candidates if str(each) in numbers]
        if not known:
            raise InputError(
                f"the run knows none of the {len(candidates):,} candidates: give the log's own ids"
            )
        if len(known) < len(candidates):
            notes.append(
                f"{len(candidates) - len(known):,} candidates are not in the run: they cannot be scored"
            )
        allowed[:] = False
        allowed[known] = True
    allowed[[find_item(each, numbers) for each in exclude]] = False
    allowed[0] = False
    return Shelf(allowed, None if counts is None else torch.tensor(counts).double(), seen, tuple(notes))


def recommend(
    model: Recommender,
    histories: Sequence[Sequence[object]],
    k: int,
    item_ids: Sequence[object],
    titles: Sequence[str] | None,
    max_len: int,
    shelf: Shelf,
    at: Moment | None = None,
    numbers: dict[str, int] | None = None,
) -> tuple[list[list[Recommendation]], list[str]]:
    """``(lists, notes)``: the ``k`` best items of the ``shelf`` after each history.

    Args:
        histories: the log's own ids, oldest first. item_ids, titles: ``(V+1,)``, entry 0 unused.
        max_len: the model reads the newest so many. at: when the next item is asked for.
        numbers: what :func:`item_numbers` makes of ``item_ids``; who asks often makes it once.

    Raises:
        InputError: as :meth:`seqrec_lib.experiments.run.Run.recommend`.
    """
    if isinstance(histories, str) or any(
        isinstance(one, str) or not hasattr(one, "__len__") for one in histories
    ):
        raise InputError("histories is a list of lists of item ids; for one history write [[id, id, id]]")
    check_k(k, len(item_ids) - 1)
    known, notes = _known_items(histories, item_numbers(item_ids) if numbers is None else numbers)
    notes = [*shelf.notes, *notes]
    rows = [n for n, each in enumerate(known) if each]
    lists: list[list[tuple[int, float]]] = [[] for _ in known]
    for first in range(0, len(rows), HISTORIES_AT_ONCE):
        some = rows[first : first + HISTORIES_AT_ONCE]
        part = [known[n] for n in some]
        batch = _padded([each[-max_len:] for each in part])
        if at is not None:
            batch.query_time = torch.full((len(batch),), to_seconds(at), dtype=torch.float64)
        row = torch.cat([torch.full((len(each),), n) for n, each in enumerate(part)])
        seen = (row, torch.tensor([item for each in part for item in each]))
        scores, best = best_items(model, batch, seen, k, shelf)
        for n, place in zip(some, range(len(some)), strict=True):
            lists[n] = [(item, float(scores[place, item])) for item in best[place].tolist() if item]
    if len(rows) < len(known):
        notes.append(unheard(len(known) - len(rows), "history", "histories"))
        popular = shelf.popular(k)
        lists = [found if known[n] else popular for n, found in enumerate(lists)]
    notes += short_notes([len(found) for found in lists], k, "history", "histories")
    return [
        [
            Recommendation(
                rank=n, item=item_ids[item], title=(titles[item] or "") if titles else "", score=score
            )
            for n, (item, score) in enumerate(found, 1)
        ]
        for found in lists
    ], notes


def best_items(
    model: Recommender, batch: Batch, seen: tuple[Tensor, Tensor], k: int, shelf: Shelf
) -> tuple[Tensor, Tensor]:
    """``(scores (B, V+1), items (B, k))``, best first; 0 where fewer than ``k`` items may be shown.

    Args:
        seen: ``(row, item)``, which leave the ranking unless the shelf has them in.
    """
    with asked(model):
        scores = model.score(batch.to(place_model(model, None))).cpu()
    check_scores(scores)
    allowed = allowed_items(scores, None if shelf.seen else seen) & shelf.allowed
    allowed &= scores > -torch.inf  # an index scores what it finds alone
    return scores, top_items(scores, k, allowed)


def counted_words(count: int, one: str, several: str) -> str:
    """``1 user gets`` or ``2,000 users get``: a count and the words that go with it."""
    return f"1 {one}" if count == 1 else f"{count:,} {several}"


def unheard(count: int, one: str, several: str) -> str:
    """The sentence for those of whom the run knows nothing."""
    who = counted_words(count, f"{one} has", f"{several} have")
    return (
        f"{who} no item that the run knows: the most popular items are given, scored by their training counts"
    )


def short_notes(found: Sequence[int], k: int, one: str, several: str) -> list[str]:
    """Sentences on lists with fewer than ``k`` items, of the lengths ``found``."""
    none, short = sum(size == 0 for size in found), sum(0 < size < k for size in found)
    notes = []
    if none:
        who = counted_words(none, f"{one} gets", f"{several} get")
        notes.append(
            f"{who} nothing: every item that may be shown was met already; let seen items in to repeat"
        )
    if short:
        who = counted_words(short, f"{one} gets", f"{several} get")
        notes.append(f"{who} fewer than {k} items: no others are left that may be shown")
    return notes


def _padded(histories: list[list[int]]) -> Batch:
    lengths = torch.tensor([len(each) for each in histories])
    width = int(lengths.max())
    return Batch(torch.tensor([each + [0] * (width - len(each)) for each in histories]), lengths)  # (B, T)


def item_numbers(item_ids: Sequence[object]) -> dict[str, int]:
    """Each of the log's own ids ``(V+1,)`` as text, to its number; entry 0 is padding."""
    return {str(each): n for n, each in enumerate(item_ids) if n > 0}


def _known_items(
    histories: Sequence[Sequence[object]], numbers: dict[str, int]
) -> tuple[list[list[int]], list[str]]:
    """``(item numbers, notes)``: each history without the ids that the run does not have."""
    known = [[numbers[str(each)] for each in history if str(each) in numbers] for history in histories]
    missing = [each for history in histories for each in history if str(each) not in numbers]
    if not missing:
        return known, []
    first = unknown("item id", missing[0], map(shlex.quote, numbers))
    what = counted_words(len(missing), "id of a history is", "ids of histories are")
    return known, [f"{what} skipped: {first}"]


def find_item(each: object, numbers: dict[str, int]) -> int:
    """The number of one of the log's own ids.

    Raises:
        InputError: it is not in the catalogue (the nearest are named, quoted where they have spaces).
    """
    if str(each) not in numbers:
        raise InputError(unknown("item id", each, map(shlex.quote, numbers)))
    return numbers[str(each)]
