"""A new run that begins with the weights of an older one, on a log with other items.

Sizes: ``V`` items of the new run, ``V'`` of the old one. An item that both know keeps what was learned of it,
wherever the model has a row an item; a new one begins with a fresh row. All other weights are taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..messages import InputError
from ..models import build, find_recipe
from ..models.recommender import Model
from ..models.settings import Settings
from ..training import RunFolder

TINY = 3  # items of the catalogue by which the rows of items are found
NEW = ("n_items", "features")  # what the new log says, whatever the old one said


@dataclass(frozen=True)
class WarmStart:
    """Whence a run began: the folder, and how many items were ``kept``, are ``fresh``, or are ``gone``."""

    folder: str
    kept: int
    fresh: int
    gone: int

    def __str__(self) -> str:
        return (
            f"starts from {self.folder}: {self.kept:,} items keep what was learned of them, {self.fresh:,} "
            f"are new and begin fresh, {self.gone:,} items of that run are not in this log"
        )


def settings_of_old(folder: Path | str, name: str, clicks: bool = False) -> dict[str, Any]:
    """The settings of the model in ``folder`` that are not the recipe's own: a warm start takes them over.

    Raises:
        InputError: no run folder, or the run of another model.
    """
    saved = RunFolder(folder).described()["model"]
    if saved.get("model") != name:
        raise InputError(
            f"{folder} is a run of {saved.get('model')}, not of {name}: start from a run of the same model"
        )
    usual = find_recipe(name).with_settings(name, 1, clicks).as_dict()
    return {key: saved[key] for key in usual if key in saved and key not in NEW and saved[key] != usual[key]}


def take_over(model: Model, settings: Settings, item_ids: Sequence[object], folder: Path | str) -> WarmStart:
    """Put the weights of the run in ``folder`` into ``model``, in place.

    Args:
        item_ids: ``(V+1,)`` the log's own ids of the new run, entry 0 unused.

    Raises:
        InputError: no run folder, one without weights, or weights of another shape (the settings that
            differ are named).
    """
    saved = RunFolder(folder)
    old, ids = saved.read_weights(), saved.read("items.json")["ids"]
    numbers = {str(each): n for n, each in enumerate(ids) if n}
    new = [n for n, each in enumerate(item_ids) if n and str(each) in numbers]
    was = [numbers[str(item_ids[n])] for n in new]
    axes, state = _item_axes(settings), model.state_dict()
    for name, value in state.items():
        if name not in old or not _fits(value.shape, old[name].shape, axes[name]):
            raise InputError(_other_settings(saved, settings))
        place = axes[name]
        if place is None:
            value.copy_(old[name])
            continue
        axis, more = place
        if more < 0:  # a row for each item and none for padding, such as a value for each item
            to, of = torch.tensor(new) - 1, torch.tensor(was) - 1
            value.index_copy_(axis, to, old[name].index_select(axis, of).to(value))
            continue
        end = value.shape[axis], old[name].shape[axis]
        # Padding stays 0; rows behind the last item, such as BERT4Rec's for a hidden one, stay at the end.
        to = torch.tensor([0, *new, *range(end[0] - more, end[0])])
        of = torch.tensor([0, *was, *range(end[1] - more, end[1])])
        value.index_copy_(axis, to, old[name].index_select(axis, of).to(value))
    return WarmStart(str(folder), len(new), len(item_ids) - 1 - len(new), len(ids) - 1 - len(new))


def _item_axes(settings: Settings) -> dict[str, tuple[int, int] | None]:
    """For each tensor of the model ``(axis, rows behind the items)`` of its items, or None: it has none."""
    with torch.random.fork_rng(devices=[]):
        small, large = (build(replace(settings, n_items=n)).state_dict() for n in (TINY, TINY + 1))
    found: dict[str, tuple[int, int] | None] = {}
    for name, value in small.items():
        grown = [n for n, (a, b) in enumerate(zip(value.shape, large[name].shape, strict=True)) if a != b]
        found[name] = (grown[0], value.shape[grown[0]] - TINY - 1) if grown else None
    return found


def _fits(new: torch.Size, old: torch.Size, axis: tuple[int, int] | None) -> bool:
    """Whether two shapes are the same but for the number of items."""
    if axis is None or len(new) != len(old):
        return new == old
    return all(a == b for n, (a, b) in enumerate(zip(new, old, strict=True)) if n != axis[0])


def _other_settings(saved: RunFolder, settings: Settings) -> str:
    was, now = saved.described()["model"], settings.as_dict()
    other = [
        f"{key} was {was.get(key)!r}, now {value!r}"
        for key, value in now.items()
        if key != "n_items" and was.get(key) != value
    ]
    return (
        f"{saved.path} has weights of another shape: {'; '.join(other) or 'its model has other parts'}. "
        "Start from it with the same settings"
    )
