"""Rates with their range, and growth plots: words, data, colours, and the exponent that the data have."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from seqrec_lib.teaching.figures import show, speed
from seqrec_lib.teaching.figures.speed import exponent, growth, rates, step_costs

ROWS = [("ours", 60_000, 50_000, 61_000), ("plain", 12_000, 11_000, 13_000), ("another", 655, 600, 700)]
SIZES = [25, 50, 100, 200, 400]


def pictures():
    return {
        "rates": rates(ROWS, ours=["ours"]),
        "growth": growth(
            SIZES, [0.1 * n for n in SIZES], [0.3 + n**2 / 1e5 for n in SIZES], "history length T"
        ),
        "step_costs": step_costs(
            SIZES, {"one": [0.1] * 5, "two": SIZES}, {"one": [2.5] * 5, "two": SIZES}, "items"
        ),
    }


@pytest.mark.parametrize("name", pictures())
def test_svg_with_words_data_and_the_colours_of_the_page(name):
    found = pictures()[name]
    root = ElementTree.fromstring(found.svg)
    assert root.get("role") == "img" and root.get("aria-label") == found.alt
    assert "currentColor" in found.svg and not re.search(r"#000000|#010203|black", found.svg)
    assert "mathdefault" not in found.svg, "an axis writes TeX, which figures do not draw"
    assert len(found.table) == {"rates": 3, "growth": 5, "step_costs": 5}[name]


def test_the_words_hold_the_figures():
    assert "ours 60,000 (50,000 to 61,000); plain 12,000 (11,000 to 13,000)" in pictures()["rates"].alt
    alt = pictures()["growth"].alt
    assert "from 25 to 400" in alt and "2.5 to 40, exponent 1.00" in alt and "history length T" in alt
    alt = pictures()["step_costs"].alt
    assert "over items, 25 to 400" in alt and "one 0.100 to 0.100 s and 2.50 to 2.50 GB" in alt


def test_points_and_ranges_stand_where_their_logarithms_say():
    svg = rates([("a", 1000, 10, 1000), ("b", 10, 10, 10), ("c", 100, 100, 100)]).svg
    points = [float(x) for x in re.findall(r'<use xlink:href="#[^"]+" x="([\d.]+)"[^>]*fill: #6f6f6f', svg)]
    assert len(points) == 3
    assert points[0] - points[2] == pytest.approx(points[2] - points[1], rel=1e-3)
    line = re.search(r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [^"]*"[^>]*style="fill: none; stroke: #6f6f6f', svg)
    assert [float(line[1]), float(line[2])] == pytest.approx([points[1], points[0]])


def test_no_bar_stands_on_a_logarithmic_axis(monkeypatch):
    drawn = []
    monkeypatch.setattr(speed, "show", lambda figure, *more: drawn.append(figure) or show(figure, *more))
    rates(ROWS)
    growth(SIZES, SIZES, SIZES, "T")
    step_costs(SIZES, {"a": SIZES}, {"a": SIZES}, "T")
    for axes in (axes for figure in drawn for axes in figure.axes):
        assert axes.get_xscale() == "log" and not axes.patches


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_exponent_of_a_power_is_the_power(power):
    assert exponent(SIZES, [3 * n**power for n in SIZES]) == pytest.approx(power, abs=1e-12)


@pytest.mark.parametrize(("sizes", "values"), [([1], [1]), ([1, 2], [1]), ([1, 2], [0, 1]), ([0, 2], [1, 1])])
def test_no_slope_without_two_points_above_zero(sizes, values):
    with pytest.raises(ValueError):
        exponent(sizes, values)
