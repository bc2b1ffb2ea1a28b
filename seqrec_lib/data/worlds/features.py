"""What can be read off an item: category, price, a line of text, a small vector as from an image.

An item that nobody has met yet still has these. They say its category, its price level and its
family (the series or film with its companion), which is what the process goes by. Sizes: ``V``
items; column 0 is padding.
"""

from __future__ import annotations

import numpy as np

from ...messages import message
from .catalogue import Skin
from .settings import WorldSettings
from .tables import Tables

IMAGE = 8  # entries of an image vector
_SEED = 20_091_001


def make_prices(skin: Skin, tables: Tables) -> np.ndarray:
    """``(V+1,)`` prices, log-normal around the skin's median, to the cent; NaN for padding."""
    price = np.round(skin.price * np.exp(0.8 * tables.log_price.numpy()), 2)
    price[0] = np.nan
    return price


def make_images(settings: WorldSettings, tables: Tables) -> np.ndarray:
    """``(V+1, 8)`` vectors as an image model might give them: category, family's style, noise."""
    rng = np.random.default_rng([_SEED, *(ord(letter) for letter in settings.name)])
    category, family = tables.category.numpy(), tables.family.numpy()
    centre = rng.normal(size=(settings.categories, IMAGE))
    style = 0.5 * rng.normal(size=(settings.series + settings.films, IMAGE))
    image = centre[category] + style[family] + 0.15 * rng.normal(size=(len(category), IMAGE))
    image[0] = 0.0
    return np.round(image, 4)


def make_texts(skin: Skin, tables: Tables, titles: list[str], categories: list[str]) -> np.ndarray:
    """``(V+1,)`` one line for each item: category, price level, what it belongs to or goes with."""
    source = {int(c): i for i, c in enumerate(tables.called.tolist()) if c and c != i}
    names = {int(f): i for i, f in reversed(list(enumerate(tables.family.tolist())))}
    texts = [""]
    for item in range(1, len(titles)):
        level = tables.log_price[item]
        price = message("cheap" if level < -0.7 else "dear" if level > 0.7 else "medium price")
        part = int(tables.part[item])
        if item in source:
            kin = message("goes with {title}", title=titles[source[item]])
        elif part > 0:
            first = titles[names[int(tables.family[item])]]
            kin = message("{kind} that starts with {title}", kind=skin.series, title=first)
        else:
            kin = skin.single
        texts.append(f"{categories[item]}; {price}; {kin}")
    return np.array(texts, dtype=object)


def make_features(
    settings: WorldSettings, skin: Skin, tables: Tables, titles: list[str], categories: list[str]
) -> dict[str, np.ndarray]:
    """Name to ``(V+1,)``: ``category``, ``price``, ``text``, ``image_0`` to ``image_7``."""
    images = make_images(settings, tables)
    return {
        "category": np.array(categories),
        "price": make_prices(skin, tables),
        "text": make_texts(skin, tables, titles, categories),
        **{f"image_{k}": images[:, k] for k in range(IMAGE)},
    }
