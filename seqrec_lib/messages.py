"""One door for sentences that may be wanted in another language, and sentences that errors share.

Text in notebooks is translated by Sphinx. Hints, plot labels and results come from Python,
where Sphinx cannot see them, so they pass through :func:`message`.
"""

import difflib
import gettext
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "locale"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("seqrec_lib", _FOLDER, languages=[language], fallback=True)


def message(text: str, language: str = "en", /, **values: object) -> str:
    """Return ``text`` in ``language`` with its ``{names}`` filled from ``values``.

    A sentence that has no translation comes back in English.
    """
    translated = _catalogue(language).gettext(text)
    return translated.format(**values) if values else translated


class InputError(ValueError):
    """What was given cannot be used. The message says what, where and what to do about it.

    The command line shows these in one line. Any other error is a fault of the program: it keeps its
    traceback.
    """


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """``"did you mean a or b? "``, or nothing where no known name is near."""
    near = difflib.get_close_matches(str(name), [str(each) for each in known], n=3)
    return f"did you mean {' or '.join(near)}? " if near else ""


def unknown(what: str, name: object, known: Iterable[object]) -> str:
    """The one sentence for a name that is none of ``known``: what it was to be, and which names are near.

    Up to 12 names are all given; of more, the nearest alone, or the first 12 where none is near.
    """
    names = [str(each) for each in known]
    hint = did_you_mean(name, names)
    if hint and len(names) > 12:
        return f"unknown {what} {str(name)!r}: {hint.rstrip()}"
    more = ", …" if len(names) > 12 else ""
    return f"unknown {what} {str(name)!r}: {hint}use one of {', '.join(names[:12])}{more}"


def rows(count: int) -> str:
    """``1 row`` or ``2,000 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"
