"""A trained model ready to use, and the way to it from a run folder. Size: ``V`` items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ..device import pick_device
from ..messages import InputError, unknown
from ..models import build, settings_from_dict
from ..models.baselines import BASELINES
from ..models.recommender import Recommender
from ..models.registry import FILES
from ..models.settings import Settings
from ..training import History, RunFolder
from ..training.random_state import seeded
from .recommending import Recommendation, recommend


@dataclass
class Run:
    """A trained model and what it takes to use it.

    Attributes:
        name: the recipe's or the baseline's. model: with the best weights, on its device.
        settings: the model's, plain values. history: how training went; a baseline has no epochs.
        item_ids: ``(V+1,)`` the log's own ids, entry 0 unused. titles: ``(V+1,)``, or None.
        max_len: the longest history that is read. repeats: whether seen items may come again.
        protocol: how it was tested. notes: where the data came from, if the caller said so.
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

    def recommend(self, histories: Sequence[Sequence[object]], k: int = 10) -> list[list[Recommendation]]:
        """What should come after each history, best first.

        Args:
            histories: each a sequence of the log's own item ids, oldest first; at least one id.
            k: how many items at most; fewer where the catalogue has no more unseen ones.

        Raises:
            InputError: an empty history, an id that is not in the catalogue (the nearest are named), a ``k``
                that does not fit the catalogue.
        """
        return recommend(
            self.model, histories, k, self.item_ids, self.titles, self.max_len, repeats=self.repeats
        )


def load_run(folder: Path | str, device: str | torch.device = "auto") -> Run:
    """The run that ``train(..., out=folder)`` or the command line wrote, with its best weights.

    Raises:
        InputError: no run folder, a damaged one, one without weights yet, or a baseline, which keeps none.
    """
    device = pick_device(device) if isinstance(device, str) else device
    saved = RunFolder(folder)
    described, items = saved.described(), saved.read("items.json")
    name = str(described["model"].get("model"))
    if name in BASELINES:
        raise InputError(f"{folder}: {name} is a baseline, which keeps no weights to recommend from")
    if name not in FILES:
        raise InputError(
            f"{folder}: its settings are not those of a model here ({unknown('model', name, FILES)})"
        )
    settings = _known_settings(saved, described["model"])
    with seeded(0, device):  # the weights are replaced at once; the caller's random state stays
        model = build(settings)
    saved.load_weights(model)
    data = described["data"]
    return Run(
        name,
        model.to(device).eval(),
        settings.as_dict(),
        History.from_dict(saved.read("history.json")),
        items["ids"],
        items["titles"],
        data["max_len"],
        bool(data.get("repeats", False)),
        str(data["protocol"]),
        described.get("notes", {}),
    )


def _known_settings(saved: RunFolder, plain: Mapping[str, object]) -> Settings:
    try:
        return settings_from_dict(plain)
    except (InputError, TypeError) as error:
        raise InputError(f"{saved.path}: its settings are not those of a model here ({error})") from error
