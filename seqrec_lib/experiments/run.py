"""A trained model ready to use, and the way to it from a run folder. Size: ``V`` items."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.interactions import Interactions, Logged, log_of
from ..data.moments import Moment
from ..device import pick_device
from ..messages import InputError, unknown
from ..models import build, settings_from_dict
from ..models.baselines import COUNTED, from_counted
from ..models.recommender import KnowsUsers, Recommender, reads_request
from ..models.registry import FILES
from ..models.settings import Settings
from ..training import History, RunFolder
from ..training.random_state import seeded
from .recommending import Recommendation, RecommendationNote, Shelf, item_numbers, make_shelf, recommend

if TYPE_CHECKING:
    from .new_items import Described
    from .recommending_all import Recommended


USUAL_K = 10  # or all items, where there are fewer


@dataclass
class Run:
    """A trained model and what it takes to use it.

    Attributes:
        name: the recipe's or the baseline's. model: with the best weights, on its device.
        settings: the model's, plain values. history: how training went; a baseline has no epochs.
        item_ids: ``(V+1,)`` the log's own ids, entry 0 unused. titles: ``(V+1,)``, or None.
        max_len: the longest history that is read. repeats: whether seen items may come again.
        protocol: how it was tested. notes: where the data came from, if the caller said so.
        counts: ``(V+1,)`` how often each item occurs in training; None for a run that did not keep it.
    """

    name: str
    model: Recommender
    settings: dict[str, object]
    history: History
    item_ids: list[object]
    titles: list[str] | None
    max_len: int
    repeats: bool
    protocol: str
    notes: dict[str, object]
    counts: list[int] | None = None

    def recommend(
        self,
        histories: Sequence[Sequence[object]],
        k: int | None = None,
        exclude: Sequence[object] = (),
        at: Moment | None = None,
        candidates: Sequence[object] | None = None,
        seen: bool | None = None,
    ) -> list[list[Recommendation]]:
        """What should come after each history, best first.

        Ids that the run does not know are skipped, and a history without any that it knows gets the most
        popular items of the training part, scored by their counts. Each such thing, and a list that is
        shorter than ``k``, is told by a warning, a :class:`RecommendationNote`.

        Args:
            histories: each a sequence of the log's own item ids, oldest first.
            k: how many items at most, fewer where no more may be shown; None: 10, or all of a smaller
                catalogue.
            exclude: ids that are never recommended.
            at: when the next item is asked for, for a model that reads it: seconds, or a date.
            candidates: the only ids that may be recommended; None: every item.
            seen: True lets items of the history in, False leaves them out; None: as the log was read, out
                unless it ``repeats``.

        Raises:
            InputError: an id to exclude that is not in the catalogue (the nearest are named), no candidate
                that is, a ``k`` that does not fit the catalogue, no ``at`` for a model that needs it, or one
                for a model that does not read it; a history without known ids, and a run of an older version.
        """
        self._check(at)
        shelf = self._shelf(exclude, candidates, seen)
        place = (self.item_ids, self.titles, self.max_len)
        lists, notes = recommend(self.model, histories, self._length(k), *place, shelf, at=at)
        for note in notes:
            warnings.warn(note, RecommendationNote, stacklevel=2)
        return lists

    def recommend_all(
        self,
        log: Interactions | Logged,
        k: int | None = None,
        users: Sequence[object] | None = None,
        exclude: Sequence[object] = (),
        at: Moment | None = None,
        candidates: Sequence[object] | None = None,
        seen: bool | None = None,
    ) -> Recommended:
        """What should come next for each user of ``log``, as a table; see :func:`recommend_all`.

        ``exclude``, ``candidates`` and ``seen`` are those of :meth:`recommend`.
        """
        from .recommending_all import recommend_all  # few programs ask for every user

        self._check(at)
        shelf = self._shelf(exclude, candidates, seen)
        return recommend_all(
            self.model, log_of(log), self.item_ids, self._length(k), self.max_len, shelf, users=users, at=at
        )

    def with_items(self, table: Described) -> Run:
        """The same run for a catalogue to which items were added; nothing is trained.

        ``table`` is a newer log, or what ``data.read_catalogue`` read: old items and new ones. A model
        that reads what is known of items scores the new ones by it; for every other one a warning, a
        :class:`RecommendationNote`, says that they are shown to nobody. See :func:`.new_items.with_items`.

        Raises:
            InputError: other columns than training had, or none of the run's own items.
        """
        from .new_items import with_items  # few programs meet new items

        run, notes = with_items(self, table)
        for note in notes:
            warnings.warn(note, RecommendationNote, stacklevel=2)
        return run

    def in_items(self, log: Interactions | Logged) -> Interactions:
        """``log``, such as a later one, in this run's item numbers, so that its split can be evaluated.

        Rows of items that the run does not have are left out, and the report counts them. A model that knows
        users by their number goes by their histories from then on, since another log numbers them anew.

        Raises:
            InputError: the run has none of the items.
        """
        from .recommending_all import as_in_run

        log = log_of(log)
        found, notes = as_in_run(log, item_numbers(self.item_ids))
        if not len(found):
            raise InputError(f"the run has none of the {log.n_items} items of {log.name}")
        if isinstance(self.model, KnowsUsers):
            self.model.by_number = False
        report = found.report
        for note in notes:
            report = report.note(f"{note}, and never asked for")
        return replace(found, item_ids=np.array(self.item_ids, dtype=object), report=report)

    def _length(self, k: int | None) -> int:
        return min(USUAL_K, self.model.n_items) if k is None else k

    def _shelf(
        self, exclude: Sequence[object], candidates: Sequence[object] | None, seen: bool | None
    ) -> Shelf:
        again = self.repeats if seen is None else seen
        return make_shelf(item_numbers(self.item_ids), self.counts, again, exclude, candidates)

    def _check(self, at: Moment | None) -> None:
        if at is not None and not reads_request(self.model):
            raise InputError(
                f"at {at}: {self.name} does not read when the next item is asked for, so it would change "
                "nothing: leave it out"
            )


def load_run(folder: Path | str, device: str | torch.device = "auto") -> Run:
    """The run that ``train(..., out=folder)`` or the command line wrote, with its best weights.

    Raises:
        InputError: no run folder, a damaged one, or one without weights yet.
    """
    device = pick_device(device) if isinstance(device, str) else device
    saved = RunFolder(folder)
    described, items = saved.described(), saved.read("items.json")
    name = str(described["model"].get("model"))
    model: Recommender
    if name in COUNTED:
        model, settings = _counted(saved, name), described["model"]
    elif name in FILES:
        known = _known_settings(saved, described["model"])
        with seeded(0, device):  # the weights are replaced at once; the caller's random state stays
            trained = build(known)
        saved.load_weights(trained)
        model, settings = trained.to(device).eval(), known.as_dict()
    else:
        raise InputError(
            f"{folder}: its settings are not those of a model here ({unknown('model', name, FILES)})"
        )
    data = described["data"]
    return Run(
        name,
        model,
        settings,
        History.from_dict(saved.read("history.json")),
        items["ids"],
        items["titles"],
        data["max_len"],
        bool(data.get("repeats", False)),
        str(data["protocol"]),
        described.get("notes", {}),
        items.get("counts"),
    )


def _counted(saved: RunFolder, name: str) -> Recommender:
    if not saved.has_weights:
        raise InputError(f"{saved.path}: what {name} counted is not there: run fit --out {saved.path} again")
    return from_counted(name, saved.read_weights())


def _known_settings(saved: RunFolder, plain: Mapping[str, object]) -> Settings:
    try:
        return settings_from_dict(plain)
    except (InputError, TypeError) as error:
        raise InputError(f"{saved.path}: its settings are not those of a model here ({error})") from error
