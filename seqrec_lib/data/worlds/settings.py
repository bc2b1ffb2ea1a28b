"""The parameters of a simulated world: one dataclass, one world.

All strengths are **intensities**: each component gives every item a non-negative number, the
numbers add up, and the item is drawn in proportion to the sum over the items still allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from .checks import check_settings


@dataclass(frozen=True)
class WorldSettings:
    """What a world is made of. Each setting from ``self_call`` on does nothing at its default.

    Attributes:
        name: the world's name. skin: which invented catalogue dresses it.
        users: how many users. seed: of the users; the catalogue is the same for every seed.
        series, parts: how many series there are, and how many parts each has.
        films: single items. Every film and every series has one companion that it calls for.
        categories, types: how many categories of items, how many hidden types of users.
        min_length, max_length: the number of events of a user is uniform between them.
        succession: intensity of an item's successor, while that item is the last one.
        trigger: intensity of an item's companion, while its lag is in the kernel.
        lag_kernel: pairs (lag in events, share of ``trigger``); lag 1 would be the last item, whose
            calls are succession, so lags start at 2.
        taste: total intensity of the type's taste over the whole catalogue.
        sharpness: how much a type prefers its categories: log-scale standard deviation.
        popularity: total intensity of the popularity table over the whole catalogue.
        zipf: exponent of the popularity table. drift: how far the logarithm of an item's
            popularity moves in a year (standard deviation); 0 keeps it still.
        entry: how much likelier taste and popularity bring a first part or a film than a later
            part or a companion.
        repeats: whether a seen item may come again.
        session_end: probability that a session ends after an event.
        within_minutes, between_days: median time gaps inside and between sessions.
        start_days: users arrive at uniform times within this many days.
        self_call: True: there are no companions, and every item calls for itself again.
        trigger_days: above 0, a trigger's lag is measured in days and ``lag_kernel`` is not used: its
            strength is ``trigger * exp(-0.5 * (ln(days / trigger_days) / trigger_spread) ** 2)``.
        trigger_spread: the width of that bump, on the log scale.
        fade_hours: above 0, succession is multiplied by ``exp(-hours since the last item / fade_hours)``.
        weekend: log-scale standard deviation of the factor by which a category's taste differs on
            Saturdays and Sundays (UTC).
        weekend_pull: probability that a session which would start on a weekday waits for Saturday.
        pace: log-odds standard deviation over types of ``session_end``: gaps then tell the type.
        new_share: share of the series and films (with their companions) that arrive during the log.
        price_sense: how much a type's taste keeps to its price level; see :mod:`.features`.
        slate: how many items are shown to each user after the last event; 0: none. See :mod:`.clicks`.
        examination: exponent by which the chance to look at a place falls with the place.
        click_threshold: intensity at which an item that is looked at is clicked half of the time, in
            mean intensities of taste and popularity an item.
        buy_slope: above 0, clicked items may be bought, and this is how much price matters then.
        clickbait: what attracts a click deters a purchase: each item has a lure of its own (standard
            normal, known to the oracle), which multiplies its intensity before a click by
            ``exp(clickbait * lure)`` and lowers the log-odds of buying after it by ``clickbait * lure``.
        large: True: events are drawn without a number for each item, for a large catalogue or, with
            ``repeats``, for histories of thousands of events; see :mod:`.large`.
    """

    name: str = "video"
    skin: str = "video"
    users: int = 4000
    seed: int = 0
    series: int = 30
    parts: int = 3
    films: int = 40
    categories: int = 8
    types: int = 6
    min_length: int = 25
    max_length: int = 50
    succession: float = 2.5
    trigger: float = 2.0
    lag_kernel: tuple[tuple[int, float], ...] = (
        (8, 0.5),
        (9, 0.8),
        (10, 1.0),
        (11, 1.0),
        (12, 1.0),
        (13, 0.8),
        (14, 0.5),
    )
    taste: float = 0.7
    sharpness: float = 1.5
    popularity: float = 0.3
    zipf: float = 0.8
    drift: float = 0.0
    entry: float = 5.0
    repeats: bool = False
    session_end: float = 0.25
    within_minutes: float = 20.0
    between_days: float = 2.0
    start_days: float = 365.0
    self_call: bool = False
    trigger_days: float = 0.0
    trigger_spread: float = 0.4
    fade_hours: float = 0.0
    weekend: float = 0.0
    weekend_pull: float = 0.0
    pace: float = 0.0
    new_share: float = 0.0
    price_sense: float = 0.0
    slate: int = 0
    examination: float = 0.5
    click_threshold: float = 10.0
    buy_slope: float = 0.0
    clickbait: float = 0.0
    large: bool = False

    def __post_init__(self) -> None:
        """Raises InputError: a setting is out of its range."""
        check_settings(self)

    @property
    def n_items(self) -> int:
        """V: parts of series, films, and (unless items call themselves) one companion for each."""
        return self.series * self.parts + self.films + (0 if self.self_call else self.series + self.films)

    @property
    def taste_moves(self) -> bool:
        """Whether the items that taste can bring, or their weights, change with the calendar."""
        return bool(self.weekend or self.new_share)

    @property
    def timed(self) -> bool:
        """Whether the next item depends on time in any way."""
        return bool(self.taste_moves or self.drift or self.trigger_days or self.fade_hours or self.pace)
