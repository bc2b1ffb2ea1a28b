"""The model that a service holds: loaded once, replaced whole or not at all."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..experiments.recommending import Recommendation, Shelf, find_item, item_numbers, make_shelf, recommend
from ..experiments.run import USUAL_K, Run, load_run
from ..messages import InputError
from .exported import load_exported

FILES = ("settings.json", "items.json", "weights.safetensors", "weights")


@dataclass(frozen=True)
class Loaded:
    """A run ready to answer: what does not change between two requests is made once.

    Attributes:
        version: a hash of the files. runtime: ``pytorch`` or ``onnxruntime``. numbers: id to item number.
    """

    run: Run
    version: str
    runtime: str
    numbers: dict[str, int]
    shelf: Shelf

    def recommend(
        self, histories: Sequence[Sequence[object]], k: int | None = None, unknown: str = "skip"
    ) -> tuple[list[list[Recommendation]], list[str]]:
        """``(lists, notes)``, as ``Run.recommend``, with the notes given and not warned of.

        Python's warnings belong to the whole process: two requests at once would read each other's.

        Raises:
            InputError: as ``Run.recommend``; and an id that the run does not know, if ``unknown`` is
                ``error``.
        """
        run = self.run
        if unknown == "error":
            for each in (each for history in histories for each in history):
                find_item(each, self.numbers)
        k = min(USUAL_K, run.model.n_items) if k is None else k
        return recommend(
            run.model, histories, k, run.item_ids, run.titles, run.max_len, self.shelf,
            numbers=self.numbers,
        )  # fmt: skip


def load_served(path: Path | str, threads: int = 1) -> Loaded:
    """A run folder, or an exported ``.onnx`` file with its ``.json``.

    Raises:
        InputError: it cannot be loaded, or its model cannot answer to a history of ids alone.
    """
    path = Path(path)
    before = fingerprint(path)
    exported = path.suffix == ".onnx"
    run = load_exported(path, threads) if exported else load_run(path, "cpu")
    if fingerprint(path) != before:
        raise InputError(f"{path}: the files changed while they were read: try again")
    numbers = item_numbers(run.item_ids)
    shelf = make_shelf(numbers, run.counts, run.repeats)
    loaded = Loaded(run, before, "onnxruntime" if exported else "pytorch", numbers, shelf)
    loaded.recommend([[next(iter(numbers))]], 1)  # the first question is slow, and shows what is wrong
    return loaded


def fingerprint(path: Path) -> str:
    """The same for the same bytes on disk."""
    files = [path, path.with_suffix(".json")] if path.suffix == ".onnx" else [path / name for name in FILES]
    found = hashlib.sha256()
    for file in files:
        if file.is_file():
            found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()[:12]


class Held:
    """The run that answers now. ``now`` is read without a lock: it is one name for one whole run."""

    def __init__(self, path: Path | str, threads: int = 1) -> None:
        self.path, self.threads = Path(path), threads
        self.now = load_served(self.path, threads)
        self._loading = threading.Lock()

    def reload(self) -> bool:
        """Load again; whether the files had changed. Requests that are under way keep the old run.

        Raises:
            InputError: what is there cannot be loaded; the old run goes on answering.
        """
        with self._loading:
            if fingerprint(self.path) == self.now.version:
                return False
            try:
                self.now = load_served(self.path, self.threads)
            except (OSError, KeyError, TypeError, ValueError) as error:  # InputError is a ValueError
                raise InputError(f"the old model is kept ({self.now.version}): {error}") from error
            return True
