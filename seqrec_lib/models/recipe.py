"""A named model: which family, which settings, and how it is trained by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..messages import InputError, did_you_mean
from .settings import Settings

OF_DATA = (
    "model",
    "n_items",
    "n_users",
    "features",
)  # fields of settings that nobody chooses: the data and the name say


@dataclass(frozen=True)
class Recipe:
    """A named model.

    Attributes:
        about: one line. source: where it comes from.
        family: the dataclass of its settings, which builds the model.
        settings: what differs from the family's defaults. training: defaults of ``fit`` for this model.
            Both are by field name: each value has its field's type.
        clicks: what differs, in settings and in training, where the model learns clicks from impressions.
            None: it is no model of clicks.
        learns_purchases: whether it also learns which clicks led to a purchase, and so must be told.
    """

    about: str
    source: str
    family: type[Settings]
    settings: Mapping[str, Any]
    training: Mapping[str, Any]
    clicks: Mapping[str, Any] | None = None
    learns_purchases: bool = False

    @property
    def learns_clicks(self) -> bool:
        """Whether it is a model of clicks: it then learns them where there are impressions."""
        return self.clicks is not None

    @property
    def knows_users(self) -> bool:
        """Whether the model has a vector for each user of its log, and so must know how many there are."""
        return "n_users" in {field.name for field in fields(self.family)}

    @property
    def reads_items(self) -> bool:
        """Whether the model reads what the log says of its items, and so must know what there is."""
        return "features" in {field.name for field in fields(self.family)}

    def defaults(self, clicks: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """``(settings, training)`` by default, where the model learns clicks or where it learns next items.

        Raises:
            InputError: clicks, and this is no model of clicks.
        """
        if not clicks:
            return dict(self.settings), dict(self.training)
        if self.clicks is None:
            raise InputError("this is no model of clicks: it learns the next item from a log")
        known = {field.name for field in fields(self.family)}
        settings = {name: value for name, value in self.clicks.items() if name in known}
        training = {name: value for name, value in self.clicks.items() if name not in known}
        return {**self.settings, **settings}, training

    def with_settings(self, name: str, n_items: int, clicks: bool = False, /, **changes: Any) -> Settings:
        """Settings of this recipe, called ``name``, for a catalogue of ``n_items``, with ``changes``.

        Args:
            clicks: whether the model learns clicks, as in :meth:`defaults`.

        Raises:
            InputError: a change of what is no setting of this family, or of one that would change nothing.
        """
        check_known(name, self.family, changes)
        usual, _ = self.defaults(clicks)
        made = self.family(**{"model": name, "n_items": n_items, **usual, **changes})
        for setting, reason in made.idle().items():
            if setting in changes:
                raise InputError(f"{setting} changes nothing in this {name}: {reason}")
        return made


def check_known(name: str, family: type[Settings], given: Iterable[str]) -> None:
    """Raise InputError when a name in ``given`` is no setting of ``family``; all that it has are listed."""
    every = {field.name for field in fields(family)}
    known = sorted(every - set(OF_DATA))
    for setting in given:
        if setting not in every - {"model", "n_items"}:
            hint = did_you_mean(setting, known)
            raise InputError(f"unknown setting of {name} {setting!r}: {hint}it has {', '.join(known)}")


# How the book's models are trained on its worlds, unless a recipe says otherwise.
USUAL_TRAINING: Mapping[str, Any] = {
    "loss": "ce",
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 1e-2,
    "schedule": "cosine",
    "patience": 8,
}
