"""The parameters of a simulated world: one dataclass, one world.

All strengths are **intensities**: each component gives every item a non-negative number, the
numbers add up, and the item is drawn in proportion to the sum over the items still allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

_NOT_NEGATIVE = (
    *("seed", "series", "films", "succession", "trigger", "taste", "sharpness", "popularity", "zipf"),
    *("drift", "entry", "session_end", "within_minutes", "between_days", "start_days"),
)


@dataclass(frozen=True)
class WorldSettings:
    """What a world is made of.

    Attributes:
        name: the world's name. skin: which invented catalogue dresses it.
        users: how many users. seed: of the catalogue and the users; nothing else is random.
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

    def __post_init__(self) -> None:
        """Raises ValueError: a setting is out of its range."""
        if self.users < 1:
            raise ValueError(f"users is {self.users}: a world needs at least 1 user")
        for name in ("parts", "categories", "types"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be at least 1")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0:  # written so that NaN is refused too
                raise ValueError(f"{name} is {getattr(self, name)}: it must be at least 0")
        if self.series + self.films < 1:
            raise ValueError("series and films are both 0: a world needs items")
        if not 1 <= self.min_length <= self.max_length:
            raise ValueError(f"lengths from {self.min_length} to {self.max_length}: use 1 <= min <= max")
        if not self.repeats and self.max_length > self.n_items:
            raise ValueError(f"max_length {self.max_length} needs as many items; there are {self.n_items}")
        if any(lag < 2 or share < 0 for lag, share in self.lag_kernel):
            raise ValueError(f"lag_kernel {self.lag_kernel}: lags are 2 events or more, shares not below 0")
        if self.session_end > 1:
            raise ValueError(f"session_end is {self.session_end}: a probability is 0 to 1")
        if self.taste + self.popularity <= 0 or self.entry <= 0:
            raise ValueError(
                "taste + popularity and entry must be above 0, or some histories have no next item"
            )
        if self.drift and not self.popularity:
            raise ValueError(f"drift is {self.drift} but popularity is 0: there is nothing that drifts")

    @property
    def n_items(self) -> int:
        """V: parts of series, films, and one companion for each."""
        return self.series * self.parts + self.films + self.series + self.films
