"""A world: its data, its oracle and its causes behind one small class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch
from ..interactions import Interactions
from . import causes, serving
from .asking import at_request, check_shows, of_shown
from .catalogue import find_skin, make_titles
from .clicks import Slates, draw_slates
from .describe import component_shares, describe
from .drawing import draw_users
from .features import make_features
from .frames import impression_frame, interaction_frame, make_log, slate_batch
from .large import draw_large
from .oracle import Belief
from .propensity import DRAWS, Propensity, mean_look, propensity
from .settings import WorldSettings
from .speech import make_speech, speech_columns
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
        self._code = [ord(letter) for letter in settings.name]
        self.settings = settings
        self.skin = skin = find_skin(settings.skin, settings.categories)
        self.name = settings.name
        self.tables = make_tables(settings, np.random.default_rng([TABLES_SEED, *self._code]))
        draw = draw_large if settings.large else draw_users
        self.draw = draw(settings, self.tables, np.random.default_rng([settings.seed, *self._code]))
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
        return make_log(self)

    @cached_property
    def speech(self) -> np.ndarray:
        """``(V+1, S, F)``: a spoken line an item, frame by frame; NaN after its end. See :mod:`.speech`."""
        return make_speech(self.settings, self.tables)

    @property
    def heard(self) -> Interactions:
        """The log with all that can be known of an item: :attr:`features`, and :attr:`speech` in columns.

        Its events are those of :attr:`log`.
        """
        return replace(self.log, item_features={**self.features, **speech_columns(self.speech)})

    @property
    def interactions(self) -> pd.DataFrame:
        """The events as a table: user, item, time in seconds, title, and the item's features."""
        return interaction_frame(self)

    @cached_property
    def slates(self) -> Slates:
        """What was shown to each user after the last event, as tensors; see :mod:`.clicks`.

        Raises:
            InputError: this world shows nothing (its ``slate`` is 0).
        """
        check_shows(self)
        rng = np.random.default_rng([self.settings.seed, *self._code, SLATE_SEED])
        return draw_slates(self.settings, self.tables, self.draw, rng)

    @property
    def impressions(self) -> pd.DataFrame:
        """What was shown: user, item, time, position (from 1), click (0 or 1), purchase where there are.

        The history before an impression is the user's whole part of :attr:`interactions`.

        Raises:
            InputError: this world shows nothing (its ``slate`` is 0).
        """
        return impression_frame(self)

    @property
    def click_batch(self) -> Batch:
        """Every user's whole history with the slate: ``candidates`` ``(U, K)``, ``labels``: the clicks.

        Column k of the candidates was shown at position k + 1. Purchases are in :attr:`slates`.
        """
        return slate_batch(self)

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
            times: ``(B, T)`` seconds. lengths: ``(B,)``. query_time: ``(B,)`` seconds. Both times may
                be None in a world that ignores time.

        Raises:
            InputError: shapes, item numbers or lengths do not fit; or time matters and was not given.
        """
        return at_request(self, items, times, lengths, query_time, Belief.next_item)

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
            InputError: this world shows nothing, or shapes and numbers do not fit.
        """
        return of_shown(self, (items, times, lengths, query_time), candidates, positions, purchase=False)

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
            InputError: as :meth:`click_oracle`, or nothing can be bought (``buy_slope`` is 0).
        """
        if not self.settings.buy_slope:
            raise InputError(f"nothing can be bought in world {self.name!r}: use 'shop', or set buy_slope")
        return of_shown(self, (items, times, lengths, query_time), candidates, positions, purchase=True)

    def requests(self, each: int, generator: torch.Generator) -> Batch:
        """``each`` requests a user at moments along the log, each with the whole history before it.

        A request comes after an event drawn at random, at a moment drawn between that event and the next
        (after the last event: the moment of :attr:`slates`). The oracle knows the events before a request and
        not the clicks of earlier requests, which tell the type too: it is the ceiling of models that read
        events alone.

        Raises:
            InputError: more requests than the shortest history has events, a world that shows nothing, or one
                whose gaps tell the type.
        """
        check_shows(self)
        return serving.make_requests(self, each, generator)

    def show(self, requests: Batch | Tensor, generator: torch.Generator) -> Tensor:
        """``(M, K)`` items that the logging policy shows, best first; ``requests`` as in :meth:`respond`."""
        check_shows(self)
        return serving.show_slates(self, requests, generator)

    def respond(
        self,
        requests: Batch | Tensor,
        slates: Tensor,
        generator: torch.Generator,
        positions: Tensor | None = None,
    ) -> serving.Responses:
        """Clicks and purchases of the users' true types for the slates of **any** policy.

        Args:
            requests: a batch with ``users`` and ``query_time``, or ``(M,)`` user numbers, who are asked at
                the moment of :attr:`slates`. Histories are what the world drew before that moment, so a
                batch whose histories are cut gets the same responses.
            slates: ``(M, C)`` items; 0 is padding and is never clicked.
            generator: draws a number for each click, then one for each purchase: with the same seed two
                policies meet the same chance at the same request and place.
            positions: ``(M, C)`` places from 1; None: column k stands at place k + 1.

        Raises:
            InputError: this world shows nothing, or shapes and numbers do not fit.
        """
        check_shows(self)
        return serving.respond(self, requests, slates, generator, positions)

    def true_chances(
        self, requests: Batch | Tensor, slates: Tensor, positions: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """p(click) and p(purchase | click) of the users' **true** types: both ``(M, C)`` float64.

        What :meth:`respond` draws by. No model can know it, for it reads the hidden type: it is the exact
        value of a policy for these very users. Arguments are as for :meth:`respond`.

        Raises:
            InputError: as :meth:`respond`.
        """
        check_shows(self)
        return serving.true_chances(self, requests, slates, positions)

    def propensity(
        self,
        requests: Batch | Tensor,
        items: Tensor,
        positions: Tensor | None = None,
        draws: int = DRAWS,
        generator: torch.Generator | None = None,
    ) -> Propensity:
        """p(the logging policy shows the item at the place | history, moment), with standard errors.

        Place 1 is exact: a softmax. For later places the items above are drawn ``draws`` times and the exact
        chance given them is averaged; ``error`` says how far that mean may be off. Arguments are as for
        :meth:`respond`; ``generator`` None: one of seed 0.

        Raises:
            InputError: as :meth:`respond`, a place that no slate has, or fewer than 2 draws.
        """
        check_shows(self)
        return propensity(self, requests, items, positions, draws, generator)

    def looked_at(self, requests: Batch | Tensor, items: Tensor, draws: int = DRAWS) -> Tensor:
        """p(the user looks at an item | the logging policy showed it, at some place): ``(M, C)``.

        Times :meth:`click_oracle` at place 1 it is the chance of a click for whoever is not told the places.
        The places are summed out over ``draws`` slates of the logging policy.

        Raises:
            InputError: as :meth:`respond`.
        """
        check_shows(self)
        return mean_look(self, requests, items, draws)

    def cause_posterior(self, batch: Batch, item: Tensor) -> Tensor:
        """Each past event's responsibility for ``item`` ``(B,)``: ``(B, T+1)``, last is "none"."""
        return self._causes(batch, lambda belief, width: causes.posterior(belief, item, width))

    def cause_predictive(self, batch: Batch) -> Tensor:
        """Each past event's share in the next item, not yet known: ``(B, T+1)``, last is "none"."""
        return self._causes(batch, causes.predictive)

    def _causes(self, batch: Batch, read: Callable[[Belief, int], Tensor]) -> Tensor:
        width = batch.items.shape[1]
        history = (batch.items, batch.times, batch.lengths, batch.query_time)
        return at_request(self, *history, lambda belief: read(belief, width))
