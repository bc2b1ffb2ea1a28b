"""A smaller run folder made of another one. It is loaded, evaluated and recommended from as any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..experiments import load_run
from ..files import write_json
from ..messages import InputError
from ..models.recommender import Model
from ..training import RunFolder
from .measuring import bytes_of
from .tables import compressed


@dataclass(frozen=True)
class Compressed:
    """What became smaller: bytes of the weights ``before`` and ``after``, and the new folder."""

    method: str
    before: int
    after: int
    folder: str

    def __str__(self) -> str:
        return (
            f"{self.method}: {self.before:,} bytes of weights before, {self.after:,} after "
            f"({self.before / self.after:.2f} times smaller), in {self.folder}"
        )


def compress_run(folder: Path | str, method: str, out: Path | str, **options: Any) -> Compressed:
    """Write to ``out`` the run of ``folder`` with its table of items made smaller; see :func:`compressed`.

    The new folder has no training state: it cannot be resumed. Its notes name the run that it was made from.

    Raises:
        InputError: all that ``load_run`` and ``compressed`` raise; a counted model; ``out`` holds a run
            already or is the same folder.
    """
    old, new = RunFolder(folder), RunFolder(out)
    if new.path.resolve() == old.path.resolve():
        raise InputError(f"{out} is the run itself: give another folder for the smaller one")
    if new.holds_a_run:
        raise InputError(f"{out} holds a run already: give an empty folder")
    made = load_run(folder, "cpu")
    if not isinstance(made.model, Model):
        raise InputError(
            f"{folder} is a run of {made.name}, which is counted: it has no table to make smaller"
        )
    small = compressed(made.model, method, **options)
    new.path.mkdir(parents=True, exist_ok=True)
    described = old.described()
    notes = {**described.get("notes", {}), "compressed": {"from": str(folder), "method": method, **options}}
    new.save_settings({**described, "model": small.settings.as_dict(), "notes": notes})
    write_json(new.path / "items.json", old.read("items.json"))
    new.save_history(old.read("history.json"))
    if (old.path / "floors.json").is_file():
        write_json(new.path / "floors.json", old.read("floors.json"))
    new.save_weights({name: value.contiguous() for name, value in small.state_dict().items()})
    return Compressed(method, bytes_of(made.model), bytes_of(small), str(out))
