"""A control redraws a figure where a kernel runs; a static page keeps the figure and shows no control."""

import sys

import pytest
import torch

from seqrec_lib.teaching.figures import Picture, attention_heatmap
from seqrec_lib.teaching.widgets import control

WEIGHTS = torch.tril(torch.ones(12, 12)) / torch.arange(1, 13)[:, None]
WIDGET = "application/vnd.jupyter.widget-view+json"


def heatmap(steps):
    return attention_heatmap(WEIGHTS, steps)


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.delenv("SEQREC_STATIC_PAGE", raising=False)
    return control(heatmap, "Steps shown", start=6, steps=range(4, 13, 2))


def test_a_choice_draws_a_figure_of_the_book_anew(shown):
    pytest.importorskip("ipywidgets")
    chooser, place = shown.widget().children
    assert place.value == heatmap(6)._repr_html_()
    chooser.value = 10
    assert place.value == heatmap(10)._repr_html_() and "10 steps by 10" in place.value
    chooser.index = 0  # as the front end says it
    assert "4 steps by 4" in place.value


def test_the_control_is_a_list_with_a_label_that_keys_can_move(shown):
    ipywidgets = pytest.importorskip("ipywidgets")
    chooser, place = shown.widget().children
    assert type(chooser) is ipywidgets.Dropdown  # a <select> with a <label>; a slider's handle has no name
    assert chooser.description == "Steps shown" and chooser.style.description_width == "initial"
    assert [label for label, _ in chooser.options] == ["4", "6", "8", "10", "12"] and not chooser.disabled
    assert 'role="img" aria-label="A triangle of attention weights' in place.value


def test_a_kernel_gets_the_control_and_other_places_the_figure_beside_it(shown):
    pytest.importorskip("ipywidgets")
    bundle, _ = shown._repr_mimebundle_()
    assert WIDGET in bundle and bundle["text/html"] == heatmap(6)._repr_html_()
    assert bundle["text/plain"] == "Control: Steps shown"


def test_a_static_page_gets_the_figure_alone(shown, monkeypatch):
    monkeypatch.setenv("SEQREC_STATIC_PAGE", "1")
    assert shown._repr_mimebundle_() == {
        "text/html": heatmap(6)._repr_html_(),
        "text/plain": "Control: Steps shown",
    }


def test_without_ipywidgets_the_figure_stays(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert shown.widget() is None
    assert set(shown._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_the_figure_is_drawn_once_before_anybody_chooses(monkeypatch):
    monkeypatch.delenv("SEQREC_STATIC_PAGE", raising=False)
    drawn = []
    control(lambda k: drawn.append(k) or Picture("<svg/>", "x"), "k", k=[3, 5])._repr_mimebundle_()
    assert drawn == [3]


def test_an_error_is_told_in_the_figures_place(monkeypatch):
    pytest.importorskip("ipywidgets")

    def draw(k):
        if k == 2:
            raise ValueError("<b>no</b>")
        return Picture(f"<svg>{k}</svg>", "x")

    chooser, place = control(draw, "k", k=[1, 2, 3.5]).widget().children
    chooser.value = 2
    assert place.value == '<p role="alert">ValueError: &lt;b&gt;no&lt;/b&gt;</p>'
    chooser.value = 3.5
    assert "<svg>3.5</svg>" in place.value and [label for label, _ in chooser.options] == ["1", "2", "3.5"]


def test_one_caption_stands_under_every_choice(shown, monkeypatch):
    pytest.importorskip("ipywidgets")
    mine = shown.caption("2.3", "At {n} steps.", n=6)
    chooser, place = mine.widget().children
    assert (
        place.value.startswith('<figure class="view">') and "Figure 2.3.</strong> At 6 steps." in place.value
    )
    chooser.value = 10
    assert "10 steps by 10" in place.value and place.value.count("<figcaption>") == 1
    assert not shown.number, "the control without a caption is as it was"
    monkeypatch.setenv("SEQREC_STATIC_PAGE", "1")
    assert mine._repr_mimebundle_()["text/html"] == mine.page(6)


@pytest.mark.parametrize(
    ("label", "more", "said"),
    [
        (" ", {"steps": [4]}, "label is empty"),
        ("x", {}, "one argument, not of 0"),
        ("x", {"steps": [4], "other": [1]}, "one argument, not of 2"),
        ("x", {"steps": []}, "nothing to choose"),
        ("x", {"steps": [4], "start": 5}, "none of the values of steps"),
    ],
)
def test_what_cannot_work_is_refused(label, more, said):
    with pytest.raises(ValueError, match=said):
        control(heatmap, label, **more)


def test_what_has_no_html_is_refused():
    with pytest.raises(TypeError, match="a str has no HTML"):
        control(lambda k: "words", "k", k=[1])._repr_mimebundle_()
