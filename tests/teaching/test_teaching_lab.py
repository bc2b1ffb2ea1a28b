"""The protocol lab before any browser: its data, and what it answers where a kernel runs."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from grid_rows import made_up

from seqrec_lib.evaluation.protocols import Protocol, Standing, Standings
from seqrec_lib.evaluation.resampling import bootstrap_many
from seqrec_lib.results.protocol_grid import changed_pairs, grid_cell, paired_sign
from seqrec_lib.teaching.figures import curves
from seqrec_lib.teaching.widgets import protocol_lab
from seqrec_lib.teaching.widgets.protocol_lab import answer


def standing(seed: int, n: int = 60) -> Standings:
    """Made-up places of ``n`` targets among 40 items, the better the smaller ``seed``."""
    generator = torch.Generator().manual_seed(seed)
    better = torch.randint(4 * seed + 1, (n,), generator=generator)
    equal, rivals = torch.randint(1, 3, (n,), generator=generator), torch.full((n,), 39)
    seen = {kind: Standing(better, equal, rivals, better / 39, (equal - 1) / 39) for kind in ("out", "in")}
    return Standings(torch.arange(n), seen)


LIVE = {"good": standing(1), "Markov chain": standing(3), "oracle": standing(1)}
QUESTION = {"rivals": "uniform", "n": 7, "seen": "out", "ties": "against", "metric": "NDCG", "k": 3}


def test_a_grid_cell_is_found_by_its_rules():
    row = made_up().rows[0]
    assert grid_cell(row) == (0.09, 0.088, 0.092)
    assert grid_cell(row, "uniform-100", "in", "for", "MRR") == tuple(
        x / 1e4 for x in row["grid"][2 * 18 + 17]
    )
    with pytest.raises(ValueError, match="no rivals 'uniform-7'"):
        grid_cell(row, "uniform-7")


def test_pairs_that_change_places_are_found_with_their_certainty():
    rows = made_up().rows[:3]
    assert changed_pairs(rows, "all") == [] == changed_pairs(rows, "all", "in", "for", "MRR")
    assert changed_pairs(rows, "uniform-10") == [("gru4rec", "popularity", True)]
    assert changed_pairs(rows, "popularity-100", leave=("popularity",)) == []
    unsure = [{**row, "above": "0" * len(row["above"])} for row in rows]
    assert changed_pairs(unsure, "uniform-10", metric="MRR") == [("gru4rec", "popularity", False)]


def test_the_sign_of_a_pair_is_turned_round_with_the_pair():
    rows = made_up().rows[:3]
    for rules in ({}, {"rivals": "uniform-10"}, {"metric": "MRR", "ties": "for"}):
        ahead = paired_sign(rows, "gru4rec", "popularity", **rules)
        assert (
            ahead in "+-" and paired_sign(rows, "popularity", "gru4rec", **rules) == "-+"["+-".index(ahead)]
        )
    assert paired_sign(rows, "gru4rec", "popularity") != paired_sign(
        rows, "gru4rec", "popularity", rivals="uniform-10"
    )
    unsure = [{**row, "above": "0" * len(row["above"])} for row in rows]
    assert paired_sign(unsure, "gru4rec", "popularity") == "0"
    with pytest.raises(ValueError, match="no model 'bert4rec': use one of popularity"):
        paired_sign(rows, "gru4rec", "bert4rec")


def test_the_lab_holds_each_data_set_and_split_once():
    data = protocol_lab(made_up()).data
    places = [(one["data"], one["split"]) for one in data["sets"]]
    assert len(places) == len(set(places)) == 4
    kinds = {model["name"]: model["kind"] for model in data["sets"][0]["models"]}
    assert kinds == {"popularity": "floor", "GRU4Rec": "model", "SASRec": "model"}
    assert "live" not in data


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows.clear(), "no rows"),
        (lambda rows: rows[1].update(axes={**rows[1]["axes"], "ties": ["for"]}), "other axes"),
        (lambda rows: rows[1]["grid"].pop(), "other axes"),
        (lambda rows: rows.pop(1), "some models are missing"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(spoil, words):
    results = copy.deepcopy(made_up())
    spoil(results.rows)
    with pytest.raises(ValueError, match=words):
        protocol_lab(results)


def test_an_answer_is_what_the_protocol_measures():
    found = answer(LIVE, QUESTION)
    values = np.stack(
        [one.measure(Protocol("uniform", 7, ties="against"), 3)["NDCG@3"].numpy() for one in LIVE.values()], 1
    )
    draws = bootstrap_many(values, np.arange(60), samples=400)
    for m, model in enumerate(found["here"]["models"]):
        assert model["figures"] == pytest.approx(
            [values[:, m].mean(), *np.quantile(draws[:, m], [0.025, 0.975])]
        )
    full = [float(one.measure(Protocol(), 3)["NDCG@3"].mean()) for one in LIVE.values()]
    assert [model["figures"][0] for model in found["full"]["models"]] == pytest.approx(full)
    assert [model["kind"] for model in found["here"]["models"]] == ["model", "floor", "oracle"]
    assert found["here"]["above"] == ["0+0", "-0-", "0+0"], (
        "good and oracle are the same; both are clearly above"
    )


@pytest.mark.parametrize("change", [{"k": 0}, {"metric": "AUC"}, {"rivals": "friends"}, {"ties": "luck"}])
def test_a_question_that_makes_no_sense_is_an_error_in_words(change):
    with pytest.raises(ValueError):
        answer(LIVE, {**QUESTION, **change})
    view = protocol_lab(made_up(), LIVE)
    said = view.reply({"number": 4, "question": {**QUESTION, **change}})
    assert said["number"] == 4 and said["error"].split(":")[0].endswith("Error") and "answer" not in said


def test_a_kernel_answers_by_number():
    view = protocol_lab(made_up(), LIVE, "mine")
    assert view.data["live"] == {"name": "mine"}
    said = view.reply({"number": 9, "question": QUESTION})
    assert said == {"number": 9, "answer": answer(LIVE, QUESTION)}
    pytest.importorskip("anywidget")
    widget, sent = view.widget(), []
    assert widget.answers is True and protocol_lab(made_up()).widget().answers is False
    widget.send = lambda content, buffers=None: sent.append(content)
    widget._handle_custom_msg({"number": 2, "question": QUESTION}, [])
    assert sent == [{"number": 2, "answer": answer(LIVE, QUESTION)}]


def test_standings_on_other_cases_are_refused():
    with pytest.raises(ValueError, match="same cases"):
        protocol_lab(made_up(), {"a": standing(1), "b": standing(2, n=50)})


def test_curves_say_their_ends_and_refuse_what_does_not_fit():
    found = curves([10, 20], {"a": [0.5, 0.25], "b": [0.1, 0.2]}, "items drawn", "HR@10")
    assert "a from 0.500 to 0.250" in found.alt and found.table["b"].tolist() == [0.1, 0.2]
    for wrong in ({}, {"a": [1.0]}, {str(n): [0, 0] for n in range(6)}):
        with pytest.raises(ValueError, match="one to 5 lines"):
            curves([10, 20], wrong, "x", "y")
    with pytest.raises(ValueError, match="a line reaches 5"):
        curves([10, 20], {"loss": [5.0, 2.0]}, "steps", "loss")
    curves([10, 20], {"loss": [5.0, 2.0]}, "steps", "loss", None)


def test_seen_items_left_in_are_read_from_their_own_place_of_the_grid():
    rows = copy.deepcopy(made_up().rows[:2])
    first, second = (row["grid"] for row in rows)
    first[9:18], second[9:18] = second[9:18], first[9:18]  # rivals "all", seen "in": these alone turn round
    assert changed_pairs(rows, "all", seen="out") == []
    assert [pair[:2] for pair in changed_pairs(rows, "all", seen="in")] == [("gru4rec", "popularity")]
