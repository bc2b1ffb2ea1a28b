"""One door for every sentence that the book's readers may want in another language.

Text in notebooks is translated by Sphinx. Hints, plot labels and results come from Python,
where Sphinx cannot see them, so they pass through :func:`message`.
"""

import gettext
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
