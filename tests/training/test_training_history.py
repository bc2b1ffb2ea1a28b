"""History and progress: pictures, words, and a notebook's output without a widget."""

import sys
from types import SimpleNamespace

import pytest

from seqrec_lib.training import History
from seqrec_lib.training.progress import Notebook, Silent, Terminal, make_progress


@pytest.fixture
def history():
    epochs = [
        {"epoch": 1, "seconds": 2.0, "loss": 5.0, "validation": {"NDCG@10": 0.1}, "validation_seconds": 0.5},
        {"epoch": 2, "seconds": 2.0, "loss": 4.0},
        {"epoch": 3, "seconds": 1.0, "loss": 3.5, "validation": {"NDCG@10": 0.3}, "validation_seconds": 0.5},
    ]
    return History(epochs, best_epoch=3, stopped="patience")


def test_numbers(history):
    assert history.seconds == 6.0
    assert history.best == {"NDCG@10": 0.3}
    assert history.curve("loss") == ([1, 2, 3], [5.0, 4.0, 3.5])
    assert history.curve("NDCG@10") == ([1, 3], [0.1, 0.3])
    want = "3 epochs in 6.0 s; validation no longer improved; kept epoch 3: validation NDCG@10 0.3000"
    assert str(history) == want and repr(history) == f"History({want})"
    assert History(history.epochs[:1], best_epoch=1).summary().startswith("1 epoch in 2.5 s;")


def test_a_notebook_gets_one_text_output_that_ends_with_the_summary(monkeypatch):
    outputs = []
    shown = SimpleNamespace(update=lambda content, raw: outputs.append(content))

    def display(content, raw, display_id):
        assert raw and display_id
        outputs.append(content)
        return shown

    pytest.importorskip("IPython")
    monkeypatch.setattr("IPython.display.display", display)
    bar = Notebook()
    bar.say("device: cpu")
    bar.start(1, 10)
    bar.shown_at = 0.0
    bar.step()
    assert "1/10" in outputs[-1]["text/plain"]
    bar.epoch(1, "epoch 1/1  loss 2")
    assert outputs[-1] == {"text/plain": "device: cpu\nepoch 1/1  loss 2"}
    bar.close()
    bar.say("1 epoch in 2 s")
    assert outputs[-1] == {"text/plain": "device: cpu\n1 epoch in 2 s"}


def test_the_display_fits_the_place(monkeypatch):
    assert type(make_progress(False)) is Silent
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert type(make_progress(True)) is Terminal
    with_kernel = SimpleNamespace(kernel=1)
    monkeypatch.setattr("seqrec_lib.training.progress.Notebook", lambda: "notebook")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: with_kernel))
    assert make_progress(True) == "notebook"
