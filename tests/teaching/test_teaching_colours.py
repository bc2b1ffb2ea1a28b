"""Data colours: readable on light and dark, and told apart by colour-blind readers."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from seqrec_lib.teaching.figures.picture import COLOURS

# Machado, Oliveira & Fernandes 2009 (doi 10.1109/TVCG.2009.113), severity 1, for linear RGB.
SEEN_BY = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# sRGB's primaries and white (IEC 61966-2-1).
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
WHITE = [0.95047, 1.0, 1.08883]
APART = 15  # CIE 1976 distance; 2.3 is just noticeable side by side, thin lines far apart need far more
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#808080")  # with a middle grey

TOOLKIT = Path(__file__).parents[2] / "book" / "assets" / "toolkit"
CSS = (TOOLKIT / "toolkit.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    tuple(re.findall(r"--sq-(?:blue|orange|green|purple|grey): (#\w{6})", rule))
    for rule in re.findall(r"\{([^}]*--sq-blue:[^}]*)\}", CSS)
)


def linear(colour: str) -> np.ndarray:
    """Linear RGB, 0 to 1, of ``#rrggbb``."""
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* 1976 of linear RGB."""
    share = np.array(TO_XYZ) @ rgb.clip(0, 1) / WHITE
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours, eyes: str) -> float:
    """The smallest distance between two of ``colours`` as ``eyes`` see them."""
    seen = [lab(np.array(SEEN_BY[eyes]) @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(np.array(TO_XYZ[1]) @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", SEEN_BY)
@pytest.mark.parametrize("colours", [COLOURS, LIGHT, DARK], ids=["figures", "views, light", "views, dark"])
def test_each_can_be_told_from_each(colours, eyes):
    assert len(colours) == 5
    assert nearest(colours, eyes) > APART


@pytest.mark.parametrize("ground", ["#ffffff", "#14181e", "#1f1f1f"])
def test_figures_can_be_read_on_light_and_dark(ground):
    assert min(contrast(colour, ground) for colour in COLOURS) > 3  # one set for both


@pytest.mark.parametrize(
    ("colours", "ground"), [(LIGHT, "#ffffff"), (LIGHT, "#f3f4f5"), (DARK, "#14181e"), (DARK, "#29313d")]
)
def test_text_in_the_colours_of_views_can_be_read(colours, ground):
    assert min(contrast(colour, ground) for colour in colours) >= 4.5


def test_colours_that_are_too_alike_are_noticed():
    assert nearest(OKABE_ITO, "all cones") > APART
    assert nearest(OKABE_ITO, "no green cones") < APART
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#56B4E9", "#ffffff") < 3
    assert np.allclose(lab(np.ones(3)), [100, 0, 0], atol=0.02)
