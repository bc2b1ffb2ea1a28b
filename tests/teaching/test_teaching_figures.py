"""What reaches the page: SVG in the page's colours, words, data; nothing from data becomes markup."""

import re
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise

import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from seqrec_lib.teaching.figures import (
    Tabs,
    attention_heatmap,
    attention_pictures,
    boxes,
    by_distance,
    curves,
    ladder,
    lines,
    looked_at,
    pairs,
    parts,
    result_pictures,
    seed_dots,
    show,
    spread,
    table,
    training_course,
)
from seqrec_lib.teaching.figures.attention_pictures import shorten
from seqrec_lib.teaching.figures.boxes import turned
from seqrec_lib.teaching.figures.picture import BLUE, PURPLE, new_figure
from seqrec_lib.teaching.prose import over_runs, tell, true_minus
from seqrec_lib.training import History

HOSTILE = '<img src=x onerror=alert(1)> "quoted" $5 and $6 \u202eright to left 🎬'


def a_picture(alt="A line that rises from 1 to 2."):
    figure, axes = new_figure()
    axes.plot([1, 2])
    axes.set(xlabel="x", ylabel="y", title="title")
    return show(figure, alt)


@pytest.fixture
def drawn(monkeypatch):
    """The matplotlib figures that reach ``show``."""
    found = []
    for module in (attention_pictures, lines, result_pictures):
        monkeypatch.setattr(module, "show", lambda figure, *more: found.append(figure) or show(figure, *more))
    return found


def a_history(**changes):
    epochs = [
        {"epoch": 1, "seconds": 2.0, "loss": 5.0, "validation": {"NDCG@10": 0.1}, "validation_seconds": 0.5},
        {"epoch": 2, "seconds": 2.0, "loss": 4.0},
        {"epoch": 3, "seconds": 1.0, "loss": 3.5, "validation": {"NDCG@10": 0.3}, "validation_seconds": 0.5},
    ]
    return History(**{"epochs": epochs, "best_epoch": 3, "stopped": "patience", **changes})


def pictures():
    weights = torch.tril(torch.ones(6, 6)) / torch.arange(1, 7)[:, None]
    return {
        "ladder": ladder([("model", 0.4, 0.35, 0.45)], ceiling=0.5, floor=0.2),
        "heatmap": attention_heatmap(weights),
        "looked_at": looked_at([HOSTILE] * 5, weights[4, :5], torch.eye(5)[1], HOSTILE),
        "spread": spread([1.0, 1.1, 1.2, 1.1, 5.0, 5.1, 9.0], "log of a gap"),
        "pairs": pairs([("a log", (0.4, 0.3, 0.5), (0.2, 0.1, 0.3))], "true order", "shuffled"),
        "seed_dots": seed_dots([("a", [0.1, 0.2, 0.15], (0.09, 0.21), 0.18), ("b", [0.3], None, None)]),
        "curves": curves([1, 2, 4], {"a model": [0.1, 0.2, 0.3]}, "users", "NDCG@10"),
        "training_course": training_course(a_history()),
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


def test_the_legend_of_lines_over_distance_stands_clear_of_them(drawn):
    by_distance({f"layer {n}, head {n}": [0.1 * n] * 20 for n in (1, 2, 3, 4)})
    (figure,) = drawn
    figure.canvas.draw()
    legend, axes = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert legend.y0 >= axes.y1 and 0 <= legend.x0 < legend.x1 <= figure.bbox.x1


def test_the_course_of_training_shows_two_curves_and_the_kept_epoch(drawn):
    found = training_course(a_history())
    above, below = drawn[0].axes
    assert above.lines[0].get_xydata().tolist() == [[1, 5.0], [2, 4.0], [3, 3.5]]
    assert below.lines[0].get_xydata().tolist() == [[1, 0.1], [3, 0.3]]
    assert list(below.lines[1].get_xdata()) == [3, 3]
    assert above.get_ylabel() == "training loss" and below.get_ylabel() == "validation NDCG@10"
    assert below.get_xlabel() == "epoch" and below.get_title("right") == "kept: epoch 3, 0.300"
    assert "from 5.00 to 3.50" in found.alt and "best at epoch 3, with 0.300" in found.alt
    assert found.table.columns.tolist() == ["epoch", "training loss", "validation NDCG@10"]
    assert found.table.iloc[0].tolist() == [1, 5.0, 0.1] and found.table.iloc[1].isna().sum() == 1


def test_the_course_of_training_has_no_empty_panel(drawn):
    epochs = [{"epoch": n, "seconds": 1.0, "loss": 5.0 - n} for n in (1, 2)]
    found = training_course(a_history(epochs=epochs, best_epoch=None))
    assert len(drawn[0].axes) == 1 and drawn[0].axes[0].get_xlabel() == "epoch"
    assert "validation" not in found.alt


def test_the_words_of_a_course_stand_clear_of_its_lines(drawn):
    training_course(a_history(best_epoch=1, epochs=a_history().epochs[:1] * 2))
    (figure,) = drawn
    figure.canvas.draw()
    above, below = figure.axes
    words = below.get_tightbbox().y1  # the highest of the panel is the line about the kept epoch
    assert below.get_window_extent().y1 < words <= above.get_window_extent().y0


def test_no_epoch_is_nothing_to_draw():
    with pytest.raises(ValueError, match="nothing to draw"):
        training_course(History())


def test_a_caption_has_its_number_and_nothing_in_it_becomes_markup():
    picture = ladder([("a", 0.3, 0.2, 0.4)], ceiling=0.5, floor=0.1)
    shown = picture.caption("1.2", "<b> falls by {x:.3f}.", x=-0.0124)._repr_html_()
    assert "<figcaption><strong>Figure 1.2.</strong> &lt;b&gt; falls by −0.012.</figcaption>" in shown
    assert "figcaption" not in picture._repr_html_()
    assert "In <code>a&lt;b</code>." in picture.caption("1.2", "In `a<b`.")._repr_html_()


def test_tabs_have_one_caption_for_all_their_pictures():
    page = Tabs("Which?", {"a": a_picture("one"), "b": a_picture("two")}).caption("1.2", "x")._repr_html_()
    assert page.count("<figcaption>") == 1 and page.endswith("Figure 1.2.</strong> x</figcaption></figure>")


def overlap(one, other):
    a, b = one.get_window_extent(), other.get_window_extent()
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


@pytest.mark.parametrize("floor", [0.235, 0.45, 0.53])
def test_the_labels_of_a_ladder_are_clear_of_lines_and_of_each_other(drawn, floor):
    rows = [
        ("Markov chain", floor, 0.2, 0.5),
        ("places from the oldest, and a distance bias", 0.534, 0.5, 0.54),
    ]
    ladder(rows, ceiling=0.535, floor=floor)
    (axes,) = drawn[-1].axes
    drawn[-1].draw_without_rendering()
    values, ends = [], []
    for one in axes.texts:
        (ends if "floor" in one.get_text() or "ceiling" in one.get_text() else values).append(one)
    assert len(values) == 2 and len(ends) == 2 and not overlap(*ends)
    for value in values:
        box = value.get_window_extent()
        for x in (floor, 0.535):
            at = axes.transData.transform((x, 0))[0]
            assert not box.x0 < at < box.x1, value.get_text()
    assert axes.get_position().width > 0.55, "long names leave the axes their width"


@pytest.mark.parametrize(
    "names", [["a", "b"], ["the clock, at most", "finite data", "the model's own part of it"]]
)
def test_a_legend_stays_inside_its_figure(drawn, names):
    by_distance({name: [0.1] * 20 for name in names})
    parts([("shop", [0.1] * len(names))], names, "x")
    assert len(drawn) == 2
    for figure in drawn:
        (legend,) = figure.legends
        assert legend.get_window_extent().width <= figure.bbox.width
        assert [text.get_text() for text in legend.get_texts()] == names


@pytest.mark.parametrize(
    ("names", "across"),
    [
        (["a", "b"], "users"),
        (["spread 1", "spread 1, scaled", "spread 0.02", "spread 0.02, scaled as in the paper"], "width d"),
        (["one line"], "doublings of the temperature (0 is the temperature of training)"),
    ],
)
def test_words_below_lines_stay_inside_the_figure_and_off_each_other(drawn, names, across):
    curves([1, 2, 4], {name: [0.1, 0.2, 0.3] for name in names}, across, "NDCG@10")
    (figure,) = drawn
    (axes,) = figure.axes
    figure.draw_without_rendering()
    legend, label = axes.get_legend().get_window_extent(), axes.xaxis.label.get_window_extent()
    assert max(legend.x1, label.x1) <= figure.bbox.x1 and min(legend.x0, label.x0) >= 0
    assert legend.y1 <= label.y0 + 1 and legend.y0 >= 0


def test_a_line_that_its_axis_names_needs_no_legend(drawn):
    curves([1, 2], {"NDCG@10": [0.1, 0.2]}, "users", "test NDCG@10")
    curves([1, 2], {"SASRec": [0.1, 0.2]}, "users", "test NDCG@10")
    named, other = drawn
    assert named.axes[0].get_legend() is None and other.axes[0].get_legend() is not None
    curves([1, 2], {"NDCG@10": [0.1, 0.2]}, "doublings of the temperature (0 is that of training)", "NDCG@10")
    drawn[2].draw_without_rendering()
    label = drawn[2].axes[0].xaxis.label.get_window_extent()
    assert label.x0 >= 0 and label.x1 <= drawn[2].bbox.x1


def test_a_ladder_of_auc_begins_at_chance(drawn):
    ladder([("a", 0.7, 0.69, 0.71)], ceiling=0.8, floor=0.6, metric="AUC", start=0.5)
    low, high = drawn[0].axes[0].get_xlim()
    assert low == 0.5 and 0.8 < high < 0.9


def test_names_of_three_lines_do_not_run_into_each_other(drawn):
    names = [f"places from the {end}, and distance bias" for end in ("oldest", "newest")]
    ladder([(name, 0.4, 0.3, 0.5) for name in names * 2], ceiling=0.5, floor=0.1)
    drawn[0].draw_without_rendering()
    labels = drawn[0].axes[0].get_yticklabels()
    assert all(label.get_text().count("\n") == 2 for label in labels)
    assert not any(overlap(*pair) for pair in pairwise(labels))


def test_a_model_has_its_own_colour_on_a_ladder(drawn):
    ladder([("sasrec", 0.4, 0.3, 0.5), ("dot + distances", 0.3, 0.2, 0.4)], ceiling=0.5, floor=0.1)
    points = [line for line in drawn[0].axes[0].lines if line.get_marker() not in ("None", "")]
    assert [point.get_color() for point in points] == [PURPLE, BLUE]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("-0.012 (-0.5) [-3]", "−0.012 (−0.5) [−3]"),
        ("-0.000 and −0", "0.000 and 0"),
        ("ML-1M, 8-14, 2026-11-27, x-1", "ML-1M, 8-14, 2026-11-27, x-1"),
        ("-0.0004", "−0.0004"),
        ("`fit --seed -1` gives -1", "`fit --seed -1` gives −1"),
    ],
)
def test_a_negative_number_has_a_true_minus_and_zero_has_none(written, shown):
    assert true_minus(written) == shown


def test_commands_stand_in_one_fold_and_only_once():
    said = tell("It is {x:.1f}.", made_by=["fit <a>", "fit <a>", "fit b"], x=-1)._repr_markdown_()
    assert said.startswith("It is −1.0.\n\n<details") and said.count("<code>") == 2
    assert "fit &lt;a&gt;" in said and "Reproduce" in said
    assert tell("No fold.")._repr_markdown_() == "No fold."


def test_stacked_bars_add_up_and_refuse_what_they_cannot_show():
    picture = parts([("shop", [0.05, 0.0, 0.1]), ("video", [0.0, 0.01, 0.2])], ["a", "b", "c"], "the gap")
    assert "shop: a 0.050, b 0.000, c 0.100" in picture.alt and picture.table.shape == (2, 4)
    assert "0.150" in picture.svg and "0.210" in picture.svg
    for bad in ([("x", [0.1, -0.1, 0.0])], [("x", [0.1])]):
        with pytest.raises(ValueError, match="3 values"):
            parts(bad, ["a", "b", "c"], "the gap")


def test_a_table_refuses_an_index_that_it_would_leave_out():
    frame = pd.DataFrame({"way": ["noise", "sign"], "NDCG@10": [0.1, 0.2]})
    table(frame), table(frame[1:])
    for lost in (frame.set_index("way"), frame.rename_axis("run")):
        with pytest.raises(ValueError, match="shows no index"):
            table(lost)


def test_a_table_has_true_minuses_and_no_rounded_minus_zero():
    shown = table(pd.DataFrame({"a": [-0.0001, -0.25], "b": [-3, 4], "c": ["<b>", "x-1"]})).to_html()
    assert ">0.000<" in shown and ">−0.250<" in shown and ">−3<" in shown
    assert "&lt;b&gt;" in shown and ">x-1<" in shown


def test_a_single_run_is_called_one():
    assert over_runs(3) == "Intervals are over 3 runs." and over_runs(1).startswith("One run each")


def test_a_wide_diagram_has_a_second_drawing_for_a_phone_in_which_no_box_covers_another():
    places = {
        "a": (0.8, 2.0, "one"),
        "b": (2.4, 2.0, "two\nlines"),
        "c": (4.0, 2.0, "three"),
        "d": (4.0, 0.6, "x"),
    }
    upright, (wide, high) = turned(places, (1.2, 0.5))
    assert wide < 4.8 and upright["a"][1] > upright["b"][1] > upright["c"][1], (
        "left to right is top to bottom"
    )
    for (x, y, _), (u, v, _) in combinations(upright.values(), 2):
        assert abs(x - u) >= 1.2 or abs(y - v) >= 0.67
    assert all(0.6 <= x <= wide - 0.6 and 0.25 <= y <= high - 0.25 for x, y, _ in upright.values())
    page = boxes(places, [("a", "b"), ("b", "c"), ("c", "d")], "Four boxes.", size=(5.0, 2.6))._repr_html_()
    assert page.count("<svg") == 2 and 'class="plot diagram two-ways"' in page
    assert page.count("display: none; ") == 1 and page.index("display: none") > page.index("</svg>")
    small = boxes({"a": (1, 1, "one"), "b": (3, 1, "two")}, [("a", "b")], "Two boxes.", size=(4.0, 2.0))
    assert small._repr_html_().count("<svg") == 1, "one drawing will do"


def test_dots_of_runs_say_their_numbers_and_leave_no_run_out():
    found = seed_dots([("a", [0.1, 0.2, 0.15], (0.09, 0.21), 0.18), ("b", [0.3], None, None)])
    assert "a: 3 runs, mean 0.150, published 0.180; b: 1 runs, mean 0.300, none published" in found.alt
    assert found.table["runs"].tolist() == [3, 1]
    assert found.table["published"].tolist() == [0.18, "–"]


def test_a_bin_holds_as_many_whole_numbers_as_every_other():
    """With 20 bins from 1 to 24 some would hold two numbers and some one: a comb that is not in the data."""
    found = spread([n for n in range(1, 25) for _ in range(3)], "events", 20).table
    assert found["how many"].tolist() == [6] * 12
    assert found["events"].tolist() == [1.5 + 2 * n for n in range(12)]
    assert spread([4, 4, 5], "events", 20).table["how many"].tolist() == [2, 1]
