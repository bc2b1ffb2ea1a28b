"""Every exercise of the book by name: its file is imported when somebody asks for it, and no other.

The exercise ``next-item-pairs`` of chapter 1 is ``EXERCISE`` in ``chapter01/next_item_pairs.py``. To add an
exercise is to add its file. A file whose name starts with an underscore is no exercise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from .checker import Posed


class Shelf(Mapping[str, Posed]):
    """Exercise name to exercise, chapter after chapter. Only the names are read until one is asked for.

    Args:
        package: the dotted package that holds the chapters. folder: where its files are.
    """

    def __init__(self, package: str, folder: Path) -> None:
        self.package, self.folder = package, folder

    @cached_property
    def modules(self) -> dict[str, str]:
        """Exercise name to the dotted module that holds it.

        Raises:
            ValueError: two chapters have an exercise of one name; ``check`` could not tell them apart.
        """
        found: dict[str, str] = {}
        for chapter in sorted(each.name for each in self.folder.glob("chapter*")):
            for part in iter_modules([str(self.folder / chapter)]):
                name, module = part.name.replace("_", "-"), f"{self.package}.{chapter}.{part.name}"
                if part.name.startswith("_"):
                    continue
                if name in found:
                    raise ValueError(f"{module} and {found[name]} are two exercises of one name: rename one")
                found[name] = module
        return found

    def __getitem__(self, name: str) -> Posed:
        return import_module(self.modules[name]).EXERCISE

    def __iter__(self) -> Iterator[str]:
        return iter(self.modules)

    def __len__(self) -> int:
        return len(self.modules)

    def __contains__(self, name: object) -> bool:
        return name in self.modules


EXERCISES = Shelf(__package__, Path(__file__).parent)
