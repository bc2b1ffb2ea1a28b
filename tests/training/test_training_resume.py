"""Killed at any moment and resumed, a run ends with the weights of an undisturbed one."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_training import TinyModel, make_log, make_split

from seqrec_lib.data import leave_one_out, simulate, temporal_split
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import RunFolder, fit, fitting
from seqrec_lib.training.fingerprint import split_fingerprint
from seqrec_lib.training.random_state import all_states, seeded, set_all_states

HERE = Path(__file__).parent
QUICK = {"epochs": 3, "select": "NDCG@5", "device": "cpu", "progress": False, "lr": 1e-2}


def start(folder, *moment):
    paths = [str(HERE.parent / "helpers"), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, str(HERE / "killed_run.py"), str(folder), *map(str, moment)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
    )


def state_of(folder):
    """Best weights and the whole optimiser and chance, but no seconds."""
    last = RunFolder(folder).load_last()
    records = [{k: v for k, v in e.items() if "second" not in k} for e in last["epochs"]]
    best = (folder / "weights.safetensors").read_bytes()
    return best, last["model"], last["optimiser"], last["random"], records


def assert_same(a, b):
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    else:
        assert a == b


needs_signals = pytest.mark.skipif(os.name != "posix", reason="Windows has no signal that kills at once")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    assert start(folder).wait(120) == 0
    return state_of(folder)


@needs_signals
def test_killed_three_times_inside_the_work(undisturbed, tmp_path):
    """Twelve epochs are 12 x (5 batches + 3 files x 4 ticks) of work; these moments fall all over it."""
    chance = random.Random(1)
    for moment in (chance.randint(1, 40), chance.randint(30, 90), chance.randint(20, 70)):
        process = start(tmp_path, moment)
        assert process.wait(120) == -9, "the run was to be killed, but it ended by itself"
    assert start(tmp_path).wait(120) == 0
    assert_same(state_of(tmp_path), undisturbed)
    assert not list(tmp_path.glob(".*part*"))


@needs_signals
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_from_outside_at_random_moments(undisturbed, tmp_path, seed):
    """The moments are drawn within the time that a whole run takes on this machine, now."""
    began = start(tmp_path / "clock")
    began.stdout.readline()
    ready = time.perf_counter()
    assert began.wait(120) == 0
    whole, chance, killed = time.perf_counter() - ready, random.Random(seed), 0
    for _ in range(3):
        process = start(tmp_path / "run")
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.8 * whole))
        process.kill()
        killed += process.wait(120) == -9
    assert killed > 0
    assert start(tmp_path / "run").wait(120) == 0
    assert_same(state_of(tmp_path / "run"), undisturbed)


def new_model(**changes):
    torch.manual_seed(0)
    return TinyModel(**changes)


def test_resume_with_nothing_there_says_so(tmp_path, capsys):
    fit(new_model(), make_split(), **{**QUICK, "progress": True}, out=tmp_path / "new", resume=True)
    assert "nothing to resume in" in capsys.readouterr().err
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        "history.json",
        "items.json",
        "last",
        "settings.json",
        "weights.safetensors",
    ]


def test_resume_of_a_finished_run_writes_its_files_again(tmp_path, capsys):
    first = fit(new_model(), make_split(), **QUICK, out=tmp_path)
    weights = (tmp_path / "weights.safetensors").read_bytes()
    (tmp_path / "weights.safetensors").unlink()
    (tmp_path / "history.json").unlink()
    model = new_model()
    again = fit(model, make_split(), **{**QUICK, "progress": True}, out=tmp_path, resume=True)
    assert "finished already" in capsys.readouterr().err
    assert (tmp_path / "weights.safetensors").read_bytes() == weights
    assert json.loads((tmp_path / "history.json").read_text())["epochs"] == first.epochs == again.epochs
    fresh = new_model()
    RunFolder(tmp_path).load_weights(fresh)
    assert_same(dict(fresh.state_dict()), dict(model.state_dict()))


def test_resume_with_other_settings_names_them(tmp_path):
    fit(new_model(), make_split(), **QUICK, out=tmp_path)
    with pytest.raises(ValueError, match="other settings: batch_size was 128, now 64; lr was 0.01, now 0.02"):
        fit(new_model(), make_split(), **{**QUICK, "lr": 0.02}, batch_size=64, out=tmp_path, resume=True)


@pytest.mark.parametrize("change", ["users", "items", "times", "item_ids"])
def test_resume_with_other_data(tmp_path, change):
    log = make_log()
    fit(new_model(), make_split(log), **QUICK, out=tmp_path)
    other = make_log()
    column = getattr(other, change).copy()
    column[-1] = f"other-{column[-1]}" if change == "item_ids" else column[-2]
    setattr(other, change, column)
    with pytest.raises(ValueError, match="was trained on other data: tiny with 40 users"):
        fit(
            new_model(),
            make_split(other) if change != "users" else with_log(other),
            **QUICK,
            out=tmp_path,
            resume=True,
        )


def with_log(log):
    split = make_split()
    split.log = log
    log.users = log.users[::-1].copy()
    return split


def test_resume_with_another_history_length(tmp_path):
    fit(new_model(), make_split(), **QUICK, out=tmp_path)
    with pytest.raises(ValueError, match="another max_len: 50, now 3"):
        fit(new_model(), make_split(max_len=3), **QUICK, out=tmp_path, resume=True)


def test_without_resume_an_older_run_is_replaced(tmp_path, capsys):
    fit(new_model(), make_split(), **QUICK, out=tmp_path)
    fit(new_model(), make_split(), **{**QUICK, "epochs": 1, "progress": True}, out=tmp_path)
    assert "the run that was there is replaced" in capsys.readouterr().err
    assert len(RunFolder(tmp_path).load_last()["epochs"]) == 1


def test_a_longer_time_budget_goes_on(tmp_path):
    first = fit(new_model(), make_split(), **QUICK, out=tmp_path, max_seconds=1e-6)
    assert first.stopped == "max_seconds" and len(first.epochs) == 1
    again = fit(new_model(), make_split(), **QUICK, out=tmp_path, max_seconds=1e-6, resume=True)
    assert again.stopped == "max_seconds" and len(again.epochs) == 1
    rest = fit(new_model(), make_split(), **QUICK, out=tmp_path, max_seconds=1e6, resume=True)
    assert rest.stopped == "epochs" and len(rest.epochs) == 3


def test_a_replaced_run_leaves_nothing_behind_even_when_it_ends_at_once(tmp_path):
    """Old weights under new settings would be a model that nobody trained."""

    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    fit(new_model(), make_split(), **QUICK, out=tmp_path)
    fit(new_model(), make_split(), **{**QUICK, "lr": 0.5}, loss=stopped, out=tmp_path)
    assert RunFolder(tmp_path).read("settings.json")["training"]["lr"] == 0.5
    assert not (tmp_path / "last").exists() and not (tmp_path / "weights.safetensors").exists()
    assert RunFolder(tmp_path).read("history.json")["epochs"] == []


def test_a_generator_of_another_kind_of_device_keeps_its_own_state():
    cpu = torch.device("cpu")
    with seeded(0, cpu) as generators:
        state = all_states(cpu, generators)
        first = torch.rand(3, generator=generators["rows"])
        drawn = torch.rand(3, generator=generators["negatives"])
        set_all_states({**state, "negatives": torch.zeros(16, dtype=torch.uint8)}, generators)  # as CUDA's is
        assert torch.equal(torch.rand(3, generator=generators["rows"]), first)
        assert not torch.equal(torch.rand(3, generator=generators["negatives"]), drawn)


def test_a_run_goes_on_in_its_own_precision(tmp_path, monkeypatch):
    """A busy machine may measure another answer the second time."""
    answers = {"auto": "fp32"}
    monkeypatch.setattr(fitting, "pick_precision", lambda asked, device: answers.get(asked, asked))
    options = {**QUICK, "out": tmp_path, "precision": "auto"}
    fit(new_model(), make_split(), **options, max_seconds=1e-6)
    answers["auto"] = "bf16"
    again = fit(new_model(), make_split(), **options, resume=True)
    assert again.settings["precision"] == "fp32" and len(again.epochs) == QUICK["epochs"]
    fresh = fit(new_model(), make_split(), **options)
    assert fresh.settings["precision"] == "bf16"
    with pytest.raises(ValueError, match="precision was 'bf16', now 'fp32'"):
        fit(new_model(), make_split(), **{**options, "precision": "fp32"}, resume=True)


def test_resume_with_another_moment_of_the_split(tmp_path):
    """The same log, the same number of training rows: what is trained on and asked for differs."""
    log = simulate("video", users=60, seed=1).log
    early, late = (temporal_split(log, at, max_len=10) for at in np.quantile(log.times, [0.7, 0.72]))
    assert len(early.train) == len(late.train), "the moments lie too far apart for this test"

    def model():
        torch.manual_seed(0)
        return build(recipe_settings("gru4rec", log.n_items, max_len=10, dim=8))

    options = {**QUICK, "select": "NDCG@10", "out": tmp_path}
    fit(model(), early, **options)
    with pytest.raises(ValueError, match="the same log, cut at another moment .*: .* training rows, now"):
        fit(model(), late, **options, resume=True)
    with pytest.raises(ValueError, match="another split: temporal.*, now loo"):
        fit(model(), leave_one_out(log, max_len=10), **options, resume=True)
    assert fit(model(), early, **options, resume=True).stopped == "epochs"


@pytest.mark.parametrize("part", ["train_log", "validation", "test"])
def test_a_split_is_known_by_what_it_trains_on_and_by_what_it_asks(part):
    log = simulate("video", users=30, seed=1).log
    split = leave_one_out(log, max_len=10)
    assert split_fingerprint(split) == split_fingerprint(leave_one_out(log, max_len=10))
    whole = getattr(split, part)
    shorter = whole.take(np.arange(len(whole)) > 0) if part == "train_log" else whole.rows(slice(1, None))
    assert split_fingerprint(replace(split, **{part: shorter})) != split_fingerprint(split)


def test_more_epochs_end_like_a_run_that_had_them_from_the_start(tmp_path):
    split = make_split()
    for folder, epochs in ((tmp_path / "one", (4,)), (tmp_path / "two", (2, 4))):
        for count in epochs:
            how = {**QUICK, "epochs": count, "seed": 1, "resume": True}
            torch.manual_seed(0)  # the same first weights
            fit(TinyModel(split.log.n_items), split, **how, out=folder)
    assert_same(state_of(tmp_path / "two")[1:], state_of(tmp_path / "one")[1:])
    assert RunFolder(tmp_path / "two").described()["training"]["epochs"] == 4
    assert RunFolder(tmp_path / "two").load_last()["description"]["training"]["epochs"] == 4


def test_fewer_epochs_or_a_step_size_that_ended_with_them_are_refused(tmp_path):
    split = make_split()

    def again(folder, **changes):
        return fit(
            TinyModel(split.log.n_items), split, **{**QUICK, **changes}, seed=1, out=folder, resume=True
        )

    again(tmp_path / "a", epochs=2)
    with pytest.raises(InputError, match="epochs was 2, now 1"):
        again(tmp_path / "a", epochs=1)
    with pytest.raises(InputError, match="lr was .* now"):
        again(tmp_path / "a", epochs=3, lr=0.5)
    again(tmp_path / "b", epochs=2, schedule="cosine")
    with pytest.raises(InputError, match="schedule='cosine' its step size came to its end with them"):
        again(tmp_path / "b", epochs=3, schedule="cosine")
