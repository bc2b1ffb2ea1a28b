"""Lines of experiments that could once be broken without a test noticing."""

import inspect
import shutil
import subprocess

import pytest

from seqrec_lib.data import leave_one_out, movielens, simulate
from seqrec_lib.data.getting.fetch import fetch
from seqrec_lib.experiments import provenance, train
from seqrec_lib.training import fit


@pytest.mark.parametrize("function", [train, fit, movielens, fetch])
def test_what_takes_long_shows_its_progress_unless_told_not_to(function):
    assert inspect.signature(function).parameters["progress"].default is True


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_of_a_real_checkout(tmp_path, monkeypatch):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", "-C", str(tmp_path), *who, *words], capture_output=True, check=True)
        return done.stdout.decode().strip()

    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    git("init")
    (tmp_path / "__init__.py").write_text("")
    assert provenance.commit().startswith("seqrec_lib "), "a checkout that does not track it says nothing"
    git("add", ".")
    git("commit", "-m", "first")
    assert provenance.commit() == git("rev-parse", "HEAD")
    (tmp_path / "__init__.py").write_text("changed = 1")
    assert provenance.commit() == git("rev-parse", "HEAD") + "-dirty"


def test_a_model_level_with_the_best_floor_is_not_above_it():
    from seqrec_lib.experiments.measure import gap_line

    said = gap_line({"HR@1": 0.5}, {"markov": {"HR@1": 0.5}}, {"HR@1": 0.9}, "HR@1")
    assert said == "HR@1: not above the best floor (markov)"


def test_the_share_of_the_gap_is_counted_from_the_best_floor():
    from seqrec_lib.experiments.measure import gap_line

    floors = {"markov": {"HR@1": 0.4}, "popularity": {"HR@1": 0.1}}
    said = gap_line({"HR@1": 0.5}, floors, {"HR@1": 0.6}, "HR@1")
    assert said == "HR@1: 50% of the gap between the best floor (markov) and the ceiling is closed"


def test_a_time_budget_reaches_the_loop_from_python_and_from_the_command_line(tmp_path):
    from seqrec_lib.cli import main
    from seqrec_lib.experiments import load_run

    split = leave_one_out(simulate("video", users=30, seed=1), max_len=20)
    how = {"dim": 8, "epochs": 3, "patience": 0, "max_len": 20}
    run = train("gru4rec", split, device="cpu", progress=False, max_seconds=1e-9, **how)
    assert run.history.stopped == "max_seconds" and len(run.history.epochs) < 3
    words = "fit --data world:video:users=30,seed=1 --model gru4rec --dim 8 --epochs 3 --device cpu --quiet"
    assert main([*words.split(), "--max-seconds", "1e-9", "--out", str(tmp_path / "run")]) == 0
    assert load_run(tmp_path / "run", "cpu").history.stopped == "max_seconds"


def test_a_run_says_which_precision_it_took():
    split = leave_one_out(simulate("video", users=30, seed=1), max_len=20)
    run = train("gru4rec", split, device="cpu", progress=False, dim=8, epochs=1, max_len=20, precision="auto")
    assert run.history.settings["precision"] in ("fp32", "bf16")


def test_the_usual_cuts_go_up_to_the_catalogue_and_hold_it():
    from seqrec_lib.experiments.measure import cuts

    assert cuts(10) == (1, 5, 10) and cuts(9) == (1, 5) and cuts(100) == (1, 5, 10, 20)


def test_the_ceiling_in_expectation_is_the_mean_over_all_cases():
    from seqrec_lib.data import OracleModel
    from seqrec_lib.data.worlds import expected_metrics
    from seqrec_lib.experiments.measure import measure_ceiling

    world = simulate("video", users=600, seed=1)  # more than one batch of cases
    split = leave_one_out(world, max_len=world.max_length)
    found, _ = measure_ceiling(world, leave_one_out(world, max_len=5), (10,))
    wanted = expected_metrics(OracleModel(world).score(split.test.batch), (10,))
    for name, values in wanted.items():
        assert found["expected"][name] == pytest.approx(float(values.mean()))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5, "not above the best floor (markov)"), (0.625, "0.1250 above the best floor (markov)")],
)
def test_a_log_without_a_ceiling_is_judged_by_its_best_floor(value, said):
    from seqrec_lib.experiments.measure import gap_line

    floors = {"markov": {"HR@1": 0.5}, "popularity": {"HR@1": 0.1}}
    assert gap_line({"HR@1": value}, floors, None, "HR@1").startswith(f"HR@1: {said}")


def test_a_record_without_a_seed_says_0():
    from seqrec_lib.experiments.record import record
    from seqrec_lib.training import History

    split = leave_one_out(simulate("video", users=30, seed=1), max_len=20)
    assert (
        record(split, {}, History(), "cpu")["seed"] == 0
        and record(split, {"seed": 7}, History(), "cpu")["seed"] == 7
    )


def test_a_product_takes_time_that_is_measured_forwards():
    import torch

    from seqrec_lib.device import _seconds_of_product

    assert 0 < _seconds_of_product(torch.float32, torch.device("cpu")) < 10
