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
from .clicks import Slates, click_by_type, draw_slates, purchase_by_type
from .describe import component_shares, describe
from .features import make_features
from .oracle import Belief, beliefs
from .settings import WorldSettings
from .simulate import draw_users
from .tables import make_tables

# The tables of a world are drawn from this seed and the world's name alone, so that another
# seed or more users bring other people into the same world, with the same ceiling.
TABLES_SEED = 20_180_717
SLATE_SEED = 3  # beside the world's own seed: slates are drawn apart, and change no event


class World:
    """A simulated world with an exact oracle.

    Attributes:
        settings: the parameters. tables: the fixed numbers. draw: users and events as drawn, with
            the causes that a model never sees. titles, categories: of the items, ``(V+1,)``.
        features: name to ``(V+1,)``: category, price, text, image_0 to image_7; see :mod:`.features`.
    """

    def __init__(self, settings: WorldSettings) -> None:
        name_code = [ord(letter) for letter in settings.name]
        self.settings = settings
        self.skin = skin = find_skin(settings.skin, settings.categories)
        self.name = settings.name
        self.tables = make_tables(settings, np.random.default_rng([TABLES_SEED, *name_code]))
        self.draw = draw_users(settings, self.tables, np.random.default_rng([settings.seed, *name_code]))
        self.titles = make_titles(skin, self.tables.part, settings.series, settings.parts)
        self.categories = ["", *(skin.categories[c] for c in self.tables.category[1:].tolist())]
        self.features = make_features(settings, skin, self.tables, self.titles, self.categories)

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
            item_features=self._told,
            repeats=self.settings.repeats,
            name=f"world:{self.name}",
            report=report,
        )

    @property
    def _told(self) -> dict[str, np.ndarray]:
        """The features that the log carries. In `video`, whose log came first, only the category."""
        names = ["category"] if self.name == "video" else list(self.features)
        return {name: self.features[name] for name in names}

    @property
    def interactions(self) -> pd.DataFrame:
        """The events as a table: user, item, time in seconds, title, and the item's features."""
        frame = pd.DataFrame(
            {"user": self.log.user_ids[self.log.users], "item": self.log.items, "time": self.log.times}
        )
        frame["title"] = np.array(self.titles)[frame["item"]]
        for name, values in self._told.items():
            frame[name] = values[frame["item"]]
        return frame

    @cached_property
    def slates(self) -> Slates:
        """What was shown to each user after the last event, as tensors; see :mod:`.clicks`.

        Raises:
            ValueError: this world shows nothing (its ``slate`` is 0).
        """
        self._check_slate()
        name_code = [ord(letter) for letter in self.settings.name]
        rng = np.random.default_rng([self.settings.seed, *name_code, SLATE_SEED])
        return draw_slates(self.settings, self.tables, self.draw, rng)

    @property
    def impressions(self) -> pd.DataFrame:
        """What was shown: user, item, time, position (from 1), click (0 or 1), purchase where there are.

        The history before an impression is the user's whole part of :attr:`interactions`.

        Raises:
            ValueError: this world shows nothing (its ``slate`` is 0).
        """
        shown = self.slates
        users, places = shown.items.shape
        frame = pd.DataFrame(
            {
                "user": np.repeat(self.log.user_ids, places),
                "item": shown.items.flatten().numpy(),
                "time": np.repeat(shown.times.numpy(), places),
                "position": np.tile(np.arange(1, places + 1), users),
                "click": shown.click.flatten().numpy().astype(np.int64),
            }
        )
        if shown.purchase is not None:
            frame["purchase"] = shown.purchase.flatten().numpy().astype(np.int64)
        frame["title"] = np.array(self.titles)[frame["item"]]
        for name in ("category", "price"):
            frame[name] = self.features[name][frame["item"]]
        return frame

    @property
    def click_batch(self) -> Batch:
        """Every user's whole history with the slate: ``candidates`` ``(U, K)``, ``labels``: the clicks.

        Column k of the candidates was shown at position k + 1.
        """
        shown, draw = self.slates, self.draw
        return Batch(
            items=draw.items,
            lengths=draw.lengths,
            times=draw.times,
            query_time=shown.times,
            users=torch.arange(len(draw.lengths)),
            candidates=shown.items,
            labels=shown.click.double(),
        )

    def _check_slate(self) -> None:
        if not self.settings.slate:
            raise ValueError(
                f"world {self.name!r} shows nothing to click: use 'ads' or 'shop', or set slate above 0"
            )

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
        return describe(self.settings, self.skin, self.draw, self.tables)

    def shares(self) -> dict[str, float]:
        """Shares of the components among all events, and the median lag of triggers in events."""
        return component_shares(self.draw, self.tables)

    def oracle(
        self, items: Tensor, times: Tensor | None, lengths: Tensor, query_time: Tensor | None
    ) -> Tensor:
        """p(next item | history, time of the request): ``(B, V+1)`` float64, column 0 is 0.

        Args:
            items: ``(B, T)``, the **whole** history, padded with 0 at the end.
            times: ``(B, T)`` seconds. lengths: ``(B,)``. query_time: ``(B,)`` seconds.
        """
        return self._final(items, times, lengths, query_time, Belief.next_item)

    def click_oracle(
        self,
        items: Tensor,
        times: Tensor | None,
        lengths: Tensor,
        query_time: Tensor | None,
        candidates: Tensor,
        positions: Tensor | None = None,
    ) -> Tensor:
        """p(click | history, time of the request, item, position): ``(B, C)`` float64.

        Args:
            items, times, lengths, query_time: whole histories, as for :meth:`oracle`.
            candidates: ``(B, C)`` items; 0 is padding and has p = 0.
            positions: ``(B, C)`` places from 1; None: column k stands at place k + 1.

        Raises:
            ValueError: this world shows nothing, or shapes and numbers do not fit.
        """
        return self._shown(items, times, lengths, query_time, candidates, positions, purchase=False)

    def purchase_oracle(
        self,
        items: Tensor,
        times: Tensor | None,
        lengths: Tensor,
        query_time: Tensor | None,
        candidates: Tensor,
        positions: Tensor | None = None,
    ) -> Tensor:
        """p(click **and** purchase | what is seen): ``(B, C)``; arguments as for :meth:`click_oracle`.

        Divided by the click's probability it is p(purchase | click).

        Raises:
            ValueError: as :meth:`click_oracle`, or nothing can be bought (``buy_slope`` is 0).
        """
        if not self.settings.buy_slope:
            raise ValueError(f"nothing can be bought in world {self.name!r}: use 'shop', or set buy_slope")
        return self._shown(items, times, lengths, query_time, candidates, positions, purchase=True)

    def _shown(self, items, times, lengths, query_time, candidates, positions, purchase: bool) -> Tensor:
        self._check_slate()
        if candidates.dim() != 2 or len(candidates) != len(items):
            raise ValueError(f"candidates must be (B, C); got {tuple(candidates.shape)}")
        if candidates.numel() and not 0 <= int(candidates.min()) <= int(candidates.max()) <= self.n_items:
            raise ValueError(f"candidates must be 0 to {self.n_items} in world {self.name!r}")
        candidates = candidates.cpu()
        if positions is None:
            positions = torch.arange(1, candidates.shape[1] + 1).expand(candidates.shape)
        if positions.shape != candidates.shape or (positions < 1).any():
            raise ValueError("positions must have the shape of candidates and start at 1")

        def read(belief: Belief) -> Tensor:
            p = click_by_type(self.settings, self.tables, belief.view, candidates, positions.cpu())
            if purchase:
                p = p * purchase_by_type(self.settings, self.tables, candidates)
            return (p * belief.posterior[:, None, :]).sum(2)

        return self._final(items, times, lengths, query_time, read)

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
