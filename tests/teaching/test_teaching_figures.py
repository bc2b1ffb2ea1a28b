"""What reaches the page: SVG in the page's colours, words, data; nothing from data becomes markup."""

import re
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from seqrec_lib.teaching.figures import plots
from seqrec_lib.teaching.figures.picture import new_figure, show, table
from seqrec_lib.teaching.figures.plots import (
    attention_heatmap,
    by_distance,
    ladder,
    looked_at,
    pairs,
    shorten,
    spread,
)
from seqrec_lib.teaching.figures.tabs import Tabs

HOSTILE = '<img src=x onerror=alert(1)> "quoted" $5 and $6 \u202eright to left 🎬'


def a_picture(alt="A line that rises from 1 to 2."):
    figure, axes = new_figure()
    axes.plot([1, 2])
    axes.set(xlabel="x", ylabel="y", title="title")
    return show(figure, alt)


def pictures():
    weights = torch.tril(torch.ones(6, 6)) / torch.arange(1, 7)[:, None]
    return {
        "ladder": ladder([("model", 0.4, 0.35, 0.45)], ceiling=0.5, floor=0.2),
        "heatmap": attention_heatmap(weights),
        "looked_at": looked_at([HOSTILE] * 5, weights[4, :5], torch.eye(5)[1], HOSTILE),
        "spread": spread([1.0, 1.1, 1.2, 1.1, 5.0, 5.1, 9.0], "log of a gap"),
        "pairs": pairs([("a log", (0.4, 0.3, 0.5), (0.2, 0.1, 0.3))], "true order", "shuffled"),
        "by_distance": by_distance({"attention": [0.3] * 20, "causes": [0.1] * 19 + [0.4]}),
    }


@pytest.mark.parametrize("name", pictures())
def test_every_plot_is_svg_with_words_and_data(name):
    found = pictures()[name]
    root = ElementTree.fromstring(found.svg)
    assert root.get("role") == "img" and root.get("aria-label") == found.alt and len(found.alt) > 40
    assert len(found.table) > 0 and "<details>" in found._repr_html_()


@pytest.mark.parametrize("name", pictures())
def test_every_plot_takes_the_colour_of_the_page(name):
    svg = pictures()[name].svg
    assert "currentColor" in svg
    assert not re.search(r"#000000|#010203|black|(?<![a-z])background", svg)


def test_text_from_data_stays_text():
    page = pictures()["looked_at"]._repr_html_()
    assert "<img" not in page and "&lt;img" in page


def test_a_dollar_is_no_formula():
    found = looked_at(["Pay $5 or $6"] * 2, torch.ones(2) / 2, torch.ones(2) / 2, "x")
    words = [e.text for e in ElementTree.fromstring(found.svg).iter() if e.tag.endswith("}text")]
    assert words.count("Pay $5 or $6") == 2


def test_a_figure_from_outside_the_style_follows_the_page_too():
    figure = Figure()
    figure.subplots().plot([1, 2], color="black")
    found = show(figure, "A black line that turns with the page.")
    assert "#000000" not in found.svg and "fill: currentColor" in found.svg


def test_a_figure_without_words_is_refused():
    figure, _ = new_figure()
    with pytest.raises(ValueError, match="say in a sentence"):
        show(figure, "  ")


def test_the_same_figure_gives_the_same_svg_and_two_figures_share_no_id():
    assert a_picture().svg == a_picture().svg
    ids = [set(re.findall(r'id="([^"]*)"', a_picture(alt).svg)) for alt in ("one", "two")]
    clips = [{i for i in found if re.fullmatch(r"p[0-9a-f]{10}", i)} for found in ids]
    assert clips[0] and not clips[0] & clips[1]


def test_the_words_of_a_ladder_hold_its_numbers():
    alt = ladder([("a", 0.4, 0.35, 0.45), ("b", 0.3, 0.25, 0.35)], ceiling=0.512, floor=0.215).alt
    for number in ("0.400", "0.300", "0.512", "0.215"):
        assert number in alt


def test_the_words_name_what_was_looked_at_and_the_cause():
    weights, shares = torch.tensor([0.1, 0.7, 0.2]), torch.tensor([0.9, 0.0, 0.1])
    alt = looked_at(["Tea", "Cup", "Pot"], weights, shares, "Milk").alt
    assert "largest on “Cup” (0.70)" in alt and "“Tea” (0.90)" in alt and "“Milk”" in alt


def test_only_the_newest_are_drawn():
    found = looked_at(
        [f"item {n}" for n in range(30)], torch.ones(30) / 30, torch.ones(30) / 30, "x", newest=4
    )
    assert found.table.iloc[:, 0].tolist() == ["item 26", "item 27", "item 28", "item 29"]


def test_shorten():
    assert shorten("short") == "short" and shorten("a" * 40, 10) == "a" * 9 + "…"


def test_the_table_of_a_figure_is_escaped():
    figure, _ = new_figure()
    assert "<img" not in show(figure, "words", pd.DataFrame({"title": [HOSTILE]}))._repr_html_()


def test_a_table_escapes_cells_and_headers_and_says_what_is_missing():
    page = table(pd.DataFrame({HOSTILE: [HOSTILE, None], "x": [0.12345, None]}))._repr_html_()
    assert "<img" not in page and page.count("&lt;img") == 2
    assert "0.123<" in page and "–" in page


def test_tabs_play_without_a_script_and_by_keyboard():
    page = Tabs("Which?", {HOSTILE: a_picture("one"), "two": a_picture("two")})._repr_html_()
    assert page.count('type="radio"') == 2 and page.count(" checked>") == 1 and "<script" not in page
    assert "<fieldset>" in page and "<legend>Which?</legend>" in page and "<img" not in page
    for key in re.findall(r'type="radio" name="[^"]*" id="([^"]*)"', page):
        assert f'<div class="{key}">' in page and f":has(#{key}:checked) .{key} {{ display: block; }}" in page


def test_two_sets_of_tabs_share_no_name():
    names = [
        re.search(r'name="([^"]*)"', Tabs(q, {"a": a_picture()})._repr_html_())[1] for q in ("one", "two")
    ]
    assert names[0] != names[1]


def test_tabs_need_a_picture():
    with pytest.raises(ValueError, match="at least one"):
        Tabs("Which?", {})


def test_the_words_of_a_histogram_name_its_humps():
    values = [2.0] * 90 + [2.5] * 40 + [8.0] * 60 + [5.0]
    found = spread(values, "gaps", bins=24)
    assert "191 values of gaps, from 2.0 to 8.0" in found.alt
    assert found.alt.endswith("It has humps near 2.1, 7.9.")
    assert found.table["how many"].sum() == len(values)
    with pytest.raises(ValueError, match="nothing to draw"):
        spread([], "gaps")


def test_pairs_say_both_figures_of_each_name():
    rows = [("a log", (0.4, 0.3, 0.5), (0.2, 0.1, 0.3)), ("another", (0.25, 0.2, 0.3), (0.24, 0.2, 0.3))]
    found = pairs(rows, "true order", "shuffled")
    assert "first true order, then shuffled: a log 0.400, 0.200; another 0.250, 0.240" in found.alt
    assert found.table.shape == (2, 7)


def test_the_legend_of_lines_over_distance_stands_clear_of_them(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "show", lambda figure, *more: shown.append(figure))
    by_distance({f"layer {n}, head {n}": [0.1 * n] * 20 for n in (1, 2, 3, 4)})
    figure = shown[0]
    figure.canvas.draw()
    legend, axes = figure.axes[0].get_legend().get_window_extent(), figure.axes[0].get_window_extent()
    assert legend.y0 >= axes.y1 and 0 <= legend.x0 < legend.x1 <= figure.bbox.x1
