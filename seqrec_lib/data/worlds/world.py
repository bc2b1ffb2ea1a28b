"""A world: its data, its oracle and its causes behind one small class."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..interactions import Interactions
from ..report import Report
from ..sequences import Batch
from . import causes
from .catalogue import find_skin, make_titles
from .describe import component_shares, describe
from .oracle import Belief, beliefs
from .settings import WorldSettings
from .simulate import draw_users
from .tables import make_tables

# The tables of a world are drawn from this seed and the world's name alone, so that another
# seed or more users bring other people into the same world, with the same ceiling.
TABLES_SEED = 20_180_717


class World:
    """A simulated world with an exact oracle.

    Attributes:
        settings: the parameters. tables: the fixed numbers. draw: users and events as drawn, with
            the causes that a model never sees. titles, categories: of the items, ``(V+1,)``.
    """

    def __init__(self, settings: WorldSettings) -> None:
        name_code = [ord(letter) for letter in settings.name]
        self.settings = settings
        skin = find_skin(settings.skin, settings.categories)
        self.name = settings.name
        self.tables = make_tables(settings, np.random.default_rng([TABLES_SEED, *name_code]))
        self.draw = draw_users(settings, self.tables, np.random.default_rng([settings.seed, *name_code]))
        self.titles = make_titles(skin, self.tables.part, settings.series, settings.parts)
        self.categories = ["", *(skin.categories[c] for c in self.tables.category[1:].tolist())]

    @property
    def n_items(self) -> int:
        """V."""
        return self.settings.n_items

    @property
    def max_length(self) -> int:
        """The longest history: give at least this as ``max_len``, or the oracle is not exact."""
        return self.settings.max_length

    @cached_property
    def log(self) -> Interactions:
        """The events as a log, sorted by user and time."""
        real = torch.arange(self.draw.items.shape[1]) < self.draw.lengths[:, None]
        n = len(self.draw.lengths)
        users = torch.arange(n).repeat_interleave(self.draw.lengths)
        report = Report(source=f"world:{self.name}", rows_read=len(users))
        return Interactions(
            users=users.numpy(),
            items=self.draw.items[real].numpy(),
            times=self.draw.times[real].numpy(),
            user_ids=np.arange(1, n + 1),
            item_ids=np.array([None, *range(1, self.n_items + 1)], dtype=object),
            titles=self.titles,
            item_features={"category": np.array(self.categories)},
            repeats=self.settings.repeats,
            name=f"world:{self.name}",
            report=report,
        )

    @property
    def interactions(self) -> pd.DataFrame:
        """The events as a table: user, item, time in seconds, title, category."""
        frame = pd.DataFrame(
            {"user": self.log.user_ids[self.log.users], "item": self.log.items, "time": self.log.times}
        )
        frame["title"] = np.array(self.titles)[frame["item"]]
        frame["category"] = np.array(self.categories)[frame["item"]]
        return frame

    def _final(
        self, items: Tensor, times: Tensor | None, lengths: Tensor, query_time: Tensor | None, read
    ) -> Tensor:
        """Apply ``read(belief)`` to each row at its own request and stack what it gives."""
        if items.dim() != 2 or lengths.shape != items.shape[:1]:
            raise ValueError(
                f"items must be (B, T) and lengths (B,); got {tuple(items.shape)}, {tuple(lengths.shape)}"
            )
        if items.numel() and (int(items.max()) > self.n_items or int(items.min()) < 0):
            raise ValueError(f"item numbers must be 0 to {self.n_items} in world {self.name!r}")
        longest = items.shape[1] if self.settings.repeats else min(items.shape[1], self.n_items - 1)
        if len(items) == 0 or int(lengths.min()) < 0 or int(lengths.max()) > longest:
            raise ValueError(f"lengths must be 0 to {longest} for at least one history")
        if self.settings.timed and (times is None or query_time is None):
            raise ValueError(
                f"the next item depends on time in world {self.name!r}: give times and query_time"
            )
        times = torch.zeros(items.shape) if times is None else times
        query_time = torch.zeros(len(items)) if query_time is None else query_time
        result = None
        arguments = (t.cpu().double() for t in (times, query_time))
        for step, _, belief in beliefs(self.settings, self.tables, items.cpu(), *arguments, lengths.cpu()):
            now = lengths.cpu() == step
            if now.any():
                value = read(belief)
                result = torch.zeros_like(value) if result is None else result
                result[now] = value[now]
        return result

    def describe(self) -> str:
        """What this world does, in words, with the shares that its components really had."""
        return describe(self.settings, self.draw)

    def shares(self) -> dict[str, float]:
        """Shares of the components among all events, and the median lag of triggers in events."""
        return component_shares(self.draw)

    def oracle(
        self, items: Tensor, times: Tensor | None, lengths: Tensor, query_time: Tensor | None
    ) -> Tensor:
        """p(next item | history, time of the request): ``(B, V+1)`` float64, column 0 is 0.

        Args:
            items: ``(B, T)``, the **whole** history, padded with 0 at the end.
            times: ``(B, T)`` seconds. lengths: ``(B,)``. query_time: ``(B,)`` seconds.
        """
        return self._final(items, times, lengths, query_time, Belief.next_item)

    def cause_posterior(self, batch: Batch, item: Tensor) -> Tensor:
        """Each past event's responsibility for ``item`` ``(B,)``: ``(B, T+1)``, last is "none"."""
        width = batch.items.shape[1]
        return self._final(
            batch.items,
            batch.times,
            batch.lengths,
            batch.query_time,
            lambda b: causes.posterior(b, item, width),
        )

    def cause_predictive(self, batch: Batch) -> Tensor:
        """Each past event's share in the next item, not yet known: ``(B, T+1)``, last is "none"."""
        width = batch.items.shape[1]
        return self._final(
            batch.items, batch.times, batch.lengths, batch.query_time, lambda b: causes.predictive(b, width)
        )


class OracleModel:
    """The oracle as a model, for the same evaluator as every other: the realised ceiling."""

    def __init__(self, world: World) -> None:
        self.world = world

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` probabilities, or those of ``candidates`` ``(B, C)``."""
        p = self.world.oracle(batch.items, batch.times, batch.lengths, batch.query_time).to(
            batch.items.device
        )
        return p if candidates is None else p.gather(1, candidates)
