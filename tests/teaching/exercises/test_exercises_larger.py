"""Every ready chapter has a larger exercise: it looks for CUDA, says what it takes, runs in the small."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from notebook_tasks import notebook_tasks

import seqrec_lib.teaching.exercises as exercises
import seqrec_lib.teaching.exercises.runner as runner
from seqrec_lib.data import simulate
from seqrec_lib.results import load_results
from seqrec_lib.teaching.exercises import EXERCISES, LargerRun, larger_run
from seqrec_lib.teaching.exercises.chapter06.asked_longer import CHOSEN_ON, RATES, REPORTED_ON
from seqrec_lib.teaching.exercises.larger import measured_rows

ROOT = Path(__file__).resolve().parents[3]
TASKS = notebook_tasks()
LARGER = [name for name, one in EXERCISES.items() if one.larger is not None]
each = pytest.mark.parametrize("name", LARGER)
# Runs that changed and were not measured since: the note says so. Run benchmarks/larger_runs.py and empty it.
WAITING = {
    (name, "full")
    for name in (
        "at-equal-time",
        "chosen-method",
        "clock-gain",
        "gain-by-users",
        "gain-of-moves",
        "gain-of-sharing",
        "hidden-share",
        "next-size",
        "price-of-privacy",
        "smallest-that-holds",
        "way-to-the-optimum",
        "windows-gain",
    )
}


def ready() -> list[Path]:
    """The chapters that the book's contents list."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [ROOT / f"{c['file']}.ipynb" for part in contents["parts"] for c in part["chapters"]]
    return [path for path in files if path.is_file() and re.match(r"\d\d_", path.name)]


@pytest.mark.parametrize("path", ready(), ids=lambda path: path.stem)
def test_every_ready_chapter_has_a_larger_exercise(path):
    names = [name for name in LARGER if TASKS[name].notebook == path]
    assert names, f"{path.stem} has no exercise with larger=LargerRun(...)"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for name in names:
        assert f'larger_run("{name}")' in code, f'{path.stem} should show larger_run("{name}")'


def test_an_exercise_for_a_gpu_says_what_to_run():
    silent = [
        name for name, one in EXERCISES.items() if "on a GPU" in TASKS[name].statement and one.larger is None
    ]
    assert not silent


@each
def test_a_reader_can_copy_what_is_to_be_run(name):
    one = EXERCISES[name]
    for text in (one.larger.small, one.larger.full):
        assert text.startswith(f"{one.reference.__name__}(")
        assert text in TASKS[name].statement, "the task says the same"
    space: dict = {}
    exec(one.larger.imports(), space)
    for used in one.larger.names:
        assert space[used] is one.larger.names[used]
    assert one.larger.imports() in larger_run(name).lines()[2]


@each
def test_it_runs_in_the_small_on_a_cpu(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    one = EXERCISES[name]
    found = np.asarray(one.larger.run(one.reference, one.reference.__name__, "small"), dtype=float)
    assert found.ndim == 1 and len(found) >= 2 and np.isfinite(found).all()


@each
def test_the_note_says_what_was_measured_and_what_was_not(name):
    rows = measured_rows(name)
    sizes = {row["size"] for row in rows if not row["device"].startswith("cuda")}
    larger = EXERCISES[name].larger
    note = repr(larger_run(name))
    if (name, "full") in WAITING:
        measured = {"small"} - {size for waits, size in WAITING if waits == name}
        assert sizes == measured and "not measured" in note, "it is measured: take it out of WAITING"
        return
    assert sizes == set(larger.sizes), "run benchmarks/larger_runs.py"
    for row in rows:
        assert row["run"] == larger.sizes[row["size"]], "measure it again"
        assert row["seconds"] > 0 and row["gib"] > 0
        assert f"| `{row['run']}` | {row['device']} |" in note and f"{row['gib']:.1f} GiB" in note
    assert re.search(r"a T4-class GPU \| at most \d+ min, expected \| at most \d+ GiB, expected", note)


def test_a_run_on_a_log_of_ones_own_has_a_known_log_beside_it():
    larger = EXERCISES["order-worth"].larger
    assert "my_log.csv" in larger.full and "full" not in larger.sizes
    assert larger.sizes["known"] == 'order_worth(simulate("video").log, log_trainer(), [0, 1, 2])'
    (row,) = [row for row in measured_rows("order-worth") if row["size"] == "known"]
    assert row["interactions"] == larger.known_interactions() == len(simulate("video").log)
    mean, error = row["test"]["found"]
    assert mean > 2 * error > 0, "in this world the order is worth something"
    note = repr(larger_run("order-worth"))
    assert f"{row['interactions']:,} interactions" in note
    assert f"What `{larger.full}` takes depends on your log." in note
    with pytest.raises(ValueError, match="known_log"):
        LargerRun(full=larger.full, small=larger.small)
    with pytest.raises(ValueError, match="known_log"):
        LargerRun(full="f()", small="f()", known_log="log")


def test_what_nobody_measured_is_called_so(monkeypatch):
    monkeypatch.setattr(exercises.larger, "measured_rows", lambda name: [])
    for name, size in (("more-users", "full"), ("order-worth", "known")):
        run, note = EXERCISES[name].larger.sizes[size], repr(larger_run(name))
        assert f"| `{run}` | one CPU core | not measured | not measured |" in note
        assert f"| `{run}` | a T4-class GPU | not measured | not measured |" in note
        assert "expect" not in note


def test_what_to_expect_of_a_gpu_comes_from_the_core_until_it_is_measured(monkeypatch):
    name, full = "more-users", EXERCISES["more-users"].larger.full
    row = {"model": name, "size": "full", "run": full, "gib": 1.2, "command": "python b.py"}
    core = {**row, "device": "one CPU core", "seconds": 61.0}
    card = {**row, "device": "cuda (Tesla T4)", "seconds": 12.0}
    stored = [core]
    monkeypatch.setattr(exercises.larger, "measured_rows", lambda name: stored)
    note = repr(larger_run(name))
    assert f"| `{full}` | a T4-class GPU | at most 2 min, expected | at most 2 GiB, expected |" in note
    assert "Nobody measured" in note
    stored.append(card)
    note = repr(larger_run(name))
    assert "expected" not in note and f"| `{full}` | cuda (Tesla T4) | 12 s | 1.2 GiB |" in note


@each
def test_a_gpu_is_looked_for(name, monkeypatch):
    monkeypatch.setattr(exercises.larger, "pick_device", lambda: torch.device("cpu"))
    small = larger_run(name)
    assert small.advice == "small" and EXERCISES[name].larger.small in small.lines()[0]
    monkeypatch.setattr(exercises.larger, "pick_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(exercises.larger, "describe_device", lambda device: "device: cuda (Tesla T4, 15 GiB)")
    full = larger_run(name)
    assert full.advice == "full" and "Tesla T4" in full.lines()[0]
    assert EXERCISES[name].larger.full in full.lines()[0]


def test_a_busy_machine_gives_an_answer_more_time(monkeypatch):
    monkeypatch.setattr(runner.os, "getloadavg", lambda: (24.0, 0, 0), raising=False)
    monkeypatch.setattr(runner.os, "cpu_count", lambda: 2)
    assert runner.crowding() == 12
    slow = runner.run(lambda: time.sleep(0.5) or 1, (), 0.1)
    assert not slow.timed_out
    monkeypatch.setattr(runner.os, "getloadavg", lambda: (0.3, 0, 0))
    assert runner.crowding() == 1
    assert runner.run(lambda: time.sleep(0.5) or 1, (), 0.1).timed_out


def test_bad_words_are_refused():
    with pytest.raises(ValueError, match="no larger run"):
        larger_run("ndcg-one-target")
    with pytest.raises(ValueError, match="huge"):
        LargerRun("f()", "f()").run(len, "f", "huge")


def test_the_step_sizes_of_the_longer_histories_are_the_best_on_other_users():
    rows = load_results("asked_longer")
    assert {row["world_seed"] for row in rows.rows} == {CHOSEN_ON} and CHOSEN_ON != REPORTED_ON
    for form, rate in RATES.items():
        found = {row["lr"]: row["validation"]["NDCG@10"] for row in rows.where(positions=form).rows}
        assert len(found) >= 3 and max(found, key=found.get) == rate
