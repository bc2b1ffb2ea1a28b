"""A run folder: everything needed to go on with a training run, or to use its model.

``settings.json`` (model, training, data), ``items.json`` (the log's own ids and titles),
``weights.safetensors`` (the best so far), ``last`` (all of the training's state), ``history.json``.
``last`` alone decides how training goes on; the weights and ``history.json`` follow from it.
Format 1 called the weights ``weights`` and held the settings of all families; it is read still.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor, nn

from ..data.interactions import Interactions
from ..files import write_bytes, write_json
from ..messages import InputError
from ..models.registry import FILES

FORMAT = 2
READABLE = (1, 2)
WEIGHTS = {1: "weights", 2: "weights.safetensors"}  # the file's name by format


class RunFolder:
    """The files of one run. ``path`` is made when the run begins."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @property
    def can_resume(self) -> bool:
        """True when at least one epoch was saved."""
        return (self.path / "last").is_file()

    @property
    def has_weights(self) -> bool:
        """True when there is a model to load."""
        return any((self.path / name).is_file() for name in WEIGHTS.values())

    @property
    def holds_a_run(self) -> bool:
        """True when beginning afresh would lose something."""
        return self.can_resume or self.has_weights

    def begin(
        self, description: Mapping[str, object], log: Interactions, train_log: Interactions | None = None
    ) -> None:
        """Start afresh: take away an older run's state, then write settings and items.

        ``train_log``, the part that is trained on, says how often each item occurs there.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise InputError(f"{self.path} is a file: give a folder for the run") from error
        # The state goes first, so that no moment pairs new settings with old weights.
        for name in ("last", *WEIGHTS.values(), "history.json", "floors.json"):
            (self.path / name).unlink(missing_ok=True)
        self.save_settings(description)
        titles = None if log.titles is None else [str(title) for title in log.titles]
        items: dict[str, object] = {"ids": plain_ids(log.item_ids), "titles": titles}
        if train_log is not None:
            items["counts"] = item_counts(train_log)
        write_json(self.path / "items.json", items)

    def save_settings(self, description: Mapping[str, object]) -> None:
        """Write ``settings.json``: what the run is, in today's format."""
        write_json(self.path / "settings.json", {**description, "format": FORMAT})

    def save_last(self, state: Mapping[str, object]) -> None:
        """Write ``last``: tensors and plain values only."""
        buffer = io.BytesIO()
        torch.save({"format": FORMAT, **state}, buffer)
        write_bytes(self.path / "last", buffer.getvalue())

    def load_last(self) -> dict[str, Any]:
        """Read ``last``. Nothing in the file can run: only tensors and plain values are accepted.

        Raises:
            InputError: the file holds anything else, is damaged, or has another format.
        """
        path = self.path / "last"
        data = path.read_bytes()
        try:
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise InputError(
                f"{path}: refused, because it holds more than tensors and plain settings, perhaps code. "
                "Only resume runs that this program wrote"
            ) from error
        except (RuntimeError, EOFError, KeyError, ValueError, OSError) as error:
            raise InputError(f"{path}: damaged, cannot be read; start without --resume") from error
        if not isinstance(state, dict) or state.get("format") not in READABLE:
            raise InputError(f"{path}: not a checkpoint of a format that this program reads, 1 or {FORMAT}")
        return {**state, "description": as_now(state["format"], state.get("description", {}))}

    def save_weights(self, weights: dict[str, Tensor]) -> None:
        """Write ``weights`` as safetensors."""
        write_bytes(self.path / WEIGHTS[FORMAT], tensors_to_bytes(weights))

    def read_weights(self) -> dict[str, Tensor]:
        """The saved weights, or what a baseline counted, by name.

        Raises:
            InputError: the file is missing, or is no safetensors file.
        """
        paths = [self.path / WEIGHTS[each] for each in sorted(READABLE, reverse=True)]
        path = next((each for each in paths if each.is_file()), paths[0])
        if not path.is_file():
            raise InputError(f"{path}: no weights there; the run was stopped before its first evaluation")
        try:
            return dict(tensors_from_bytes(path.read_bytes()))
        except SafetensorError as error:
            raise InputError(f"{path}: not a safetensors file, so it is not read ({error})") from error

    def load_weights(self, model: nn.Module) -> None:
        """Put the saved weights into ``model``.

        Raises:
            InputError: as :meth:`read_weights`, or they belong to another model.
        """
        weights = self.read_weights()
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            raise InputError(f"{self.path}: these weights belong to a model with other settings") from error

    def save_history(self, history: Mapping[str, object]) -> None:
        """Write ``history.json``."""
        write_json(self.path / "history.json", history)

    def described(self) -> dict[str, Any]:
        """``settings.json``, with the settings of an older format as they are called now.

        Raises:
            InputError: as :meth:`read`, or a format of a newer version.
        """
        plain = self.read("settings.json")
        if plain.get("format") not in READABLE:
            raise InputError(
                f"{self.path}: written in format {plain.get('format')}; this program reads 1 to {FORMAT}. "
                "Use the version that wrote it"
            )
        return {**plain, **as_now(plain["format"], plain)}

    def bring_up_to_date(self) -> None:
        """Give a folder of an older format today's. It can be used at every moment in between."""
        old, new = (self.path / WEIGHTS[each] for each in (1, FORMAT))
        if self.read("settings.json").get("format") != FORMAT:
            if old.is_file():
                write_bytes(new, old.read_bytes())
            write_json(self.path / "settings.json", {**self.described(), "format": FORMAT})
        old.unlink(missing_ok=True)

    def read(self, name: str) -> dict[str, Any]:
        """Read one of the JSON files.

        Raises:
            InputError: the folder or the file is missing, or is not JSON.
        """
        path = self.path / name
        if not self.path.is_dir():
            raise InputError(f"{self.path}: no run folder there; make one with fit --out {self.path}")
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(f"{self.path} is no run folder: it has no {name}") from error
        except ValueError as error:
            raise InputError(f"{path}: damaged, not JSON ({error})") from error
        return found


def as_now(written_in: int, description: dict[str, Any]) -> dict[str, Any]:
    """The description of a run, with settings of an older format as they are called now."""
    model = description.get("model", {})
    if written_in == 1 and model.get("model") in FILES:  # a baseline or a model of one's own has no family
        from ..models.first_house import from_first_house

        return {**description, "model": from_first_house(model)}
    return description


def item_counts(log: Interactions) -> list[int]:
    """How often each item occurs, V + 1 numbers; entry 0 is padding."""
    counts: list[int] = np.bincount(log.items, minlength=log.n_items + 1).tolist()
    return counts


def plain_ids(ids: np.ndarray) -> list[object]:
    """The log's own ids as JSON values: numbers stay numbers, the rest is text; entry 0 is padding."""
    return [None] + [each.item() if isinstance(each, np.generic) else each for each in list(ids)[1:]]
