"""Floors are measured once for a run folder, and can be left out."""

import json

import pytest

from seqrec_lib.experiments import kept_floors as room

WORLD = ["--data", "world:video:users=60", "--quiet"]
FIT = ["fit", *WORLD, "--model", "gru4rec", "--epochs", 1, "--dim", 4, "--device", "cpu"]


@pytest.fixture
def counted(monkeypatch):
    """How often floors were measured for a folder."""
    times, measure = [], room.measure_floors

    def spy(*arguments):
        times.append(1)
        return measure(*arguments)

    monkeypatch.setattr(room, "measure_floors", spy)
    return times


def test_floors_are_measured_once(call, counted, tmp_path):
    run = tmp_path / "run"
    first = json.loads(call(*FIT, "--out", run, "--json", "-").out)
    where = ["evaluate", "--run", run, *WORLD, "--json", "-"]
    again = json.loads(call(*where).out)
    assert again["floors"] == first["floors"] and len(counted) == 1
    other = json.loads(call(*where, "--ties", "against").out)["floors"]
    assert len(counted) == 2 and other != first["floors"]
    assert set(json.loads(call(*where, "--k", 3).out)["floors"]["markov"]) > {"HR@3"} and len(counted) == 3
    call("evaluate", "--run", run, "--data", "world:video:users=60,seed=1", "--other-log", "--quiet")
    assert len(counted) == 4
    (run / "floors.json").write_text("{")
    assert json.loads(call(*where).out)["floors"] == first["floors"] and len(counted) == 5
    call(*FIT, "--out", run)
    assert len(counted) == 6  # a run that is replaced begins anew


def test_floors_can_be_left_out(call, counted, tmp_path):
    run = tmp_path / "run"
    said = call(*FIT, "--out", run, "--no-floors")
    assert said.code == 0 and "popularity" not in said.out and "best floor" not in said.out
    assert "gru4rec" in said.out and "ceiling" in said.out
    found = json.loads(call("evaluate", "--run", run, *WORLD, "--no-floors", "--json", "-").out)
    assert found["floors"] == {} and found["test"] and not counted


def test_a_folder_that_cannot_be_written_to_is_left_alone(call, counted, tmp_path, monkeypatch):
    run = tmp_path / "run"
    assert call(*FIT, "--out", run, "--no-floors").code == 0

    def full(path, value):
        raise OSError("read-only")

    monkeypatch.setattr(room, "write_json", full)
    assert call("evaluate", "--run", run, *WORLD).code == 0
    assert len(counted) == 1 and not (run / "floors.json").exists()
