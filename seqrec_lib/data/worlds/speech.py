"""What can be heard of an item: a spoken line as a sequence of frames, as a speech encoder might give them.

Each category and each family (a series or a film with its companion) has a word of its own, which is a short
path of frames. A line says the category's word, then the family's, in the voice of some speaker, with
fillers before, between and after them that say nothing. Lines differ in length. A generator of their own
draws them, so that no event and no other feature depends on them. Sizes: ``V`` items, ``S`` frames, ``F``
numbers a frame.
"""

from __future__ import annotations

import numpy as np

from .settings import WorldSettings
from .tables import Tables

FRAMES, WIDTH = 14, 6  # S and F
OF_CATEGORY, OF_FAMILY = 2, 3  # frames of a word
_SEED = 20_231_117


def make_speech(settings: WorldSettings, tables: Tables) -> np.ndarray:
    """``(V+1, S, F)`` frames; NaN after the end of a line, and for padding."""
    rng = np.random.default_rng([_SEED, *(ord(letter) for letter in settings.name)])
    category, family = tables.category.numpy(), tables.family.numpy()
    of_category = 1.5 * rng.normal(size=(settings.categories, OF_CATEGORY, WIDTH))
    of_family = 1.5 * rng.normal(size=(settings.series + settings.films, OF_FAMILY, WIDTH))
    speech = np.full((len(category), FRAMES, WIDTH), np.nan)
    for item in range(1, len(category)):
        before, between, after = rng.integers(0, 4, 3)
        filler = rng.normal(size=(before + between + after, WIDTH))
        line = np.concatenate(
            [
                filler[:before],
                of_category[category[item]],
                filler[before : before + between],
                of_family[family[item]],
                filler[before + between :],
            ]
        )
        voice = 0.3 * rng.normal(size=WIDTH)
        speech[item, : len(line)] = line + voice + 0.3 * rng.normal(size=line.shape)
    return np.round(speech, 4)


def speech_columns(speech: np.ndarray) -> dict[str, np.ndarray]:
    """``speech_T_K`` to ``(V+1,)``: frame T's number K, as a table of items can hold it."""
    _, frames, width = speech.shape
    return {f"speech_{t}_{k}": speech[:, t, k] for t in range(frames) for k in range(width)}
