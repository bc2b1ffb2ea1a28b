"""A world's events and slates as the log, the tables and the batch that everything else reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from ..batch import Batch
from ..interactions import Interactions
from ..report import Report

if TYPE_CHECKING:
    from .world import World


def told_features(world: World) -> dict[str, np.ndarray]:
    """The features that the log carries. In `video`, whose log came first, only the category."""
    names = ["category"] if world.name == "video" else list(world.features)
    return {name: world.features[name] for name in names}


def make_log(world: World) -> Interactions:
    """The events as a log, sorted by user and time."""
    draw = world.draw
    real = torch.arange(draw.items.shape[1]) < draw.lengths[:, None]
    n = len(draw.lengths)
    users = torch.arange(n).repeat_interleave(draw.lengths)
    report = Report(source=f"world:{world.name}", rows_read=len(users))
    return Interactions(
        users=users.numpy(),
        items=draw.items[real].numpy(),
        times=draw.times[real].numpy(),
        user_ids=np.arange(1, n + 1),
        item_ids=np.array([None, *range(1, world.n_items + 1)], dtype=object),
        titles=world.titles,
        item_features=told_features(world),
        repeats=world.settings.repeats,
        name=f"world:{world.name}",
        report=report,
    )


def interaction_frame(world: World) -> pd.DataFrame:
    """One row an event: user, item, time, title, and the features that the log carries."""
    log = world.log
    frame = pd.DataFrame({"user": log.user_ids[log.users], "item": log.items, "time": log.times})
    frame["title"] = np.array(world.titles)[frame["item"]]
    for name, values in told_features(world).items():
        frame[name] = values[frame["item"]]
    return frame


def impression_frame(world: World) -> pd.DataFrame:
    """One row for each item that was shown: what, when, where, and what came of it."""
    shown = world.slates
    users, places = shown.items.shape
    frame = pd.DataFrame(
        {
            "user": np.repeat(world.log.user_ids, places),
            "item": shown.items.flatten().numpy(),
            "time": np.repeat(shown.times.numpy(), places),
            "position": np.tile(np.arange(1, places + 1), users),
            "click": shown.click.flatten().numpy().astype(np.int64),
        }
    )
    if shown.purchase is not None:
        frame["purchase"] = shown.purchase.flatten().numpy().astype(np.int64)
    frame["title"] = np.array(world.titles)[frame["item"]]
    for name in ("category", "price"):
        frame[name] = world.features[name][frame["item"]]
    return frame


def slate_batch(world: World) -> Batch:
    """Every user's whole history with its slate as candidates and the clicks as labels."""
    shown, draw = world.slates, world.draw
    return Batch(
        items=draw.items,
        lengths=draw.lengths,
        times=draw.times,
        query_time=shown.times,
        users=torch.arange(len(draw.lengths)),
        candidates=shown.items,
        labels=shown.click.double(),
    )
