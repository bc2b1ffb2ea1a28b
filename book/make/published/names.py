"""What the rendered pages call things: the names that the build wrote down, with links to the pages."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from .errors import ConversionError, Place

REBUILD = "run `make book` after an edit, so that the pages know it"


@dataclass(frozen=True)
class Names:
    """The names of one build and the address of its pages.

    Attributes:
        data: what book/make/page_names.py wrote.
        base: address of the site with a slash at its end, or a relative path such as ``../site/``.
    """

    data: dict
    base: str

    @classmethod
    def read(cls, path: Path, base: str) -> Names:
        return cls(json.loads(path.read_text(encoding="utf-8")), base)

    def address(self, path: str) -> str:
        """Return the address of ``path``, such as ``book/glossary.html#term-floor``, on the site."""
        return path if "://" in path or path.startswith("mailto:") else self.base + path

    def page_address(self, place: Place, anchor: str = "") -> str:
        return self.address(f"{place.page}.html" + (f"#{anchor}" if anchor else ""))

    def equation(self, label: str, place: Place) -> str:
        """Return the number that the page prints beside the equation ``label``."""
        if label not in self.data["equations"]:
            raise ConversionError(place, f"the equation {label!r} has no number on the pages", REBUILD)
        return self.data["equations"][label]["number"]

    def number_of(self, label: str, place: Place) -> str:
        """Return the number of a figure, table or exercise, or "" where the page prints none."""
        return self.data["numbered"].get(place.page, {}).get(label, "")

    def role(self, written: str, place: Place) -> list[dict]:
        """Return the words and links that stand on the page for a role, ``:name:`content``` as written."""
        found = self.data["roles"].get(place.page, {}).get(written)
        if found is None:
            raise ConversionError(place, f"the pages have nothing for {written}", REBUILD)
        return found

    def link(self, target: str, place: Place) -> str:
        """Return the address on the site of what ``[text](target)`` means in a source.

        Raises:
            ConversionError: there is no such page or anchor.
        """
        path, _, anchor = unquote(target).partition("#")
        pages = self.data["pages"]
        if not path:
            if anchor in self.data["labels"]:
                found = self.data["labels"][anchor]
                return self.address(f"{found['page']}.html#{found['anchor']}")
            if anchor in pages[place.page]["anchors"]:
                return self.page_address(place, anchor)
            raise ConversionError(place, f"the link to #{anchor} leads nowhere", REBUILD)
        page = posixpath.normpath(posixpath.join(posixpath.dirname(place.page), path))
        page = page if page in pages else posixpath.splitext(page)[0]
        if page not in pages:
            raise ConversionError(place, f"the link to {target} is to no page of the book")
        if anchor and anchor not in pages[page]["anchors"]:
            raise ConversionError(place, f"the page {page} has no anchor #{anchor}", REBUILD)
        return self.address(f"{page}.html" + (f"#{anchor}" if anchor else ""))
