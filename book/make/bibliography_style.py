"""The bibliography's labels are author and year, as the citations in the text are: [Ba et al., 2016]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting.author_year_title import SortingStyle
from sphinx.application import Sphinx

NAME = "author-year"


def label(entry: Entry) -> str:
    """``Ba et al., 2016``; two authors are both named, and a work without authors has its key's."""
    authors = entry.persons.get("author", [])
    names = [" ".join(map(str, [*one.rich_prelast_names, *one.rich_last_names])) for one in authors]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    return f"{' and '.join(names) or entry.key}, {entry.fields.get('year', 'n.d.')}"


class AuthorYear(BaseLabelStyle):
    """Labels of :func:`label`; works that would share one get the letters a, b, c."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        labels = [label(entry) for entry in sorted_entries]
        often, met = Counter(labels), Counter()
        for each in labels:
            met[each] += 1
            yield each + ("" if often[each] == 1 else "abcdefghij"[met[each] - 1])


class Style(Unsorted):
    """Works by author and year, each under its label."""

    default_sorting_style = SortingStyle
    default_label_style = AuthorYear


def setup(app: Sphinx) -> dict:
    register_plugin("pybtex.style.formatting", NAME, Style, force=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
