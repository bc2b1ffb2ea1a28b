"""What defines a world of sessions, and the two that the book uses. Sizes: ``V`` items, ``K`` interests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ...messages import InputError, unknown


@dataclass(frozen=True)
class SessionSettings:
    """Settings of a :class:`~seqrec_lib.data.worlds.sessions.SessionWorld`.

    Attributes:
        name: of the world. items: V. interests: K. steps: T, places of the longest session.
        stay: chance to stay at each level of trust, the lowest first. patience: its factor after a skip.
        bait: how many items are bait. appeal, bait_appeal: least and largest chance of a click.
        off: factor of the chance where an item does not fit. keen: how much the logger minds clicks.
        uneven: spread of the logarithm of fame. catalogue_seed: of the items, which never change.

    Raises:
        InputError: a size below 1, a chance outside 0 to 1, no item that is not bait.
    """

    name: str
    items: int
    interests: int
    steps: int
    stay: tuple[float, ...]
    patience: float
    bait: int
    appeal: tuple[float, float]
    bait_appeal: tuple[float, float]
    off: float
    keen: float
    uneven: float
    catalogue_seed: int

    def __post_init__(self) -> None:
        for name in ("items", "interests", "steps"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least 1")
        chances = {"patience": self.patience, "off": self.off}
        for name in ("stay", "appeal", "bait_appeal"):
            chances |= {f"{name}[{n}]": value for n, value in enumerate(getattr(self, name))}
        for name, value in chances.items():
            if not 0 <= value <= 1:
                raise InputError(f"{name} is {value}: a chance lies between 0 and 1")
        if not self.stay:
            raise InputError("stay is empty: there is at least one level of trust")
        if not 0 <= self.bait < self.items:
            raise InputError(f"bait is {self.bait}: of {self.items} items at least one must be none")

    @property
    def levels(self) -> int:
        """M: levels of trust."""
        return len(self.stay)


def draw_catalogue(settings: SessionSettings) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``(fits, leads, bait, appeal, fame)``, ``(V+1,)`` each; entry 0 is padding, with appeal and fame 0.

    Items fit the interests in turn; the last ``bait`` items are bait. Nothing here is drawn by the seed of
    a log, so every log of a world is about the same items.
    """
    v, k = settings.items, settings.interests
    draw = torch.Generator().manual_seed(settings.catalogue_seed)
    uniform = torch.rand(v + 1, generator=draw, dtype=torch.float64)
    leads = torch.randint(k, (v + 1,), generator=draw)
    fame = (settings.uneven * torch.randn(v + 1, generator=draw, dtype=torch.float64)).exp()
    item = torch.arange(v + 1)
    bait = item > v - settings.bait
    low, high = settings.appeal
    bait_low, bait_high = settings.bait_appeal
    appeal = torch.where(bait, bait_low + (bait_high - bait_low) * uniform, low + (high - low) * uniform)
    appeal[0] = fame[0] = 0
    bait[0] = False
    return (item - 1).clamp(min=0) % k, leads, bait, appeal, fame


SESSION_PRESETS: Mapping[str, SessionSettings] = {
    one.name: one
    for one in (
        SessionSettings(
            name="small-feed",
            items=6,
            interests=2,
            steps=4,
            stay=(0.35, 0.95),
            patience=0.7,
            bait=1,
            appeal=(0.3, 0.7),
            bait_appeal=(0.8, 0.8),
            off=0.3,
            keen=2.0,
            uneven=0.8,
            catalogue_seed=4,
        ),
        SessionSettings(
            name="feed",
            items=50,
            interests=3,
            steps=8,
            stay=(0.4, 0.95),
            patience=0.8,
            bait=10,
            appeal=(0.3, 0.7),
            bait_appeal=(0.7, 0.8),
            off=0.2,
            keen=1.5,
            uneven=1.0,
            catalogue_seed=1,
        ),
    )
}


def session_settings(name: str, **changes: object) -> SessionSettings:
    """The settings of the world called ``name``, with ``changes``.

    Raises:
        InputError: no such world or setting (the nearest names are given), or a value outside its range.
    """
    if name not in SESSION_PRESETS:
        raise InputError(unknown("world of sessions", name, SESSION_PRESETS))
    known = [field.name for field in fields(SessionSettings)]
    for setting in changes:
        if setting not in known:
            raise InputError(unknown("setting of a world of sessions", setting, known))
    return replace(SESSION_PRESETS[name], **changes)  # type: ignore[arg-type]
