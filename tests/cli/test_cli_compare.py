"""``compare``: a paired difference of two models with its interval."""

import json

import pytest

from seqrec_lib import evaluate, load_run
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.evaluation import paired_difference
from seqrec_lib.evaluation.decisions import compare_runs
from seqrec_lib.models.baselines import Markov, Popularity

WORLD = "world:video:users=60"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run folders on one world: two baselines, and a small GRU with two seeds and short histories."""
    from seqrec_lib.cli import main

    home = tmp_path_factory.mktemp("runs")
    for name in ("markov", "popularity"):
        assert main(["fit", "--data", WORLD, "--model", name, "--out", str(home / name), "--quiet"]) == 0
    small = [
        "--model",
        "gru4rec",
        "--epochs",
        "1",
        "--dim",
        "4",
        "--max-len",
        "9",
        "--device",
        "cpu",
        "--quiet",
    ]
    for seed in "01":
        out = str(home / f"gru{seed}")
        assert main(["fit", "--data", WORLD, *small, "--seed", seed, "--out", out]) == 0
    return home


def test_two_models_differ_by_the_paired_difference(runs, call):
    where = ["compare", "--run", runs / "markov", "--run", runs / "popularity", "--data", WORLD, "--quiet"]
    content = json.loads(call(*where, "--json", "-").out)
    split = leave_one_out(simulate("video", users=60), 50)
    a, b = (evaluate(kind(split.train_log), split.test) for kind in (Markov, Popularity))
    for name in ("HR@10", "NDCG@10", "MRR"):
        wanted = paired_difference(a, b, name, samples=2000)
        found = content["differences"][name]
        assert found == {"mean": wanted.mean, "low": wanted.low, "high": wanted.high, "level": 0.95}
    assert [side[0]["model"] for side in content["runs"]] == ["markov", "popularity"]
    assert content["protocol"] == "loo-full-unseen" and content["data"]["test_cases"] == 60
    said = call(*where).out
    assert f"{wanted.mean:+.4f}" in said and "95% interval over users." in said
    assert "another training" not in said  # a baseline has no seed
    turned = call("compare", "--run", runs / "popularity", "--run", runs / "markov", "--data", WORLD).out
    assert f"{-wanted.mean:+.4f}" in turned


def test_several_seeds_of_a_model_are_compared_over_users_and_runs(runs, call):
    words = ["--run", runs / "gru0", runs / "gru1", "--run", runs / "markov", "--data", WORLD, "--quiet"]
    content = json.loads(call("compare", *words, "--json", "-").out)
    world = simulate("video", users=60)
    short, long = leave_one_out(world, 9), leave_one_out(world, 50)
    a = [evaluate(load_run(runs / name, "cpu").model, short.test) for name in ("gru0", "gru1")]
    wanted = compare_runs(a, [evaluate(Markov(long.train_log), long.test)], "MRR").difference
    assert content["differences"]["MRR"]["low"] == pytest.approx(wanted.low)
    assert content["differences"]["MRR"]["mean"] == pytest.approx(wanted.mean)
    said = call("compare", *words).out
    assert "interval over users and runs" in said and "another training" not in said
    alone = call("compare", "--run", runs / "gru0", "--run", runs / "markov", "--data", WORLD, "--quiet").out
    assert "what another training of it would give is not in the interval" in alone


def test_a_model_against_itself_is_not_told_apart(runs, call, tmp_path):
    out = tmp_path / "x.json"
    where = ["--run", runs / "markov", "--run", runs / "markov", "--data", WORLD, "--quiet", "--json", out]
    said = call("compare", *where).out
    assert "HR@10, NDCG@10, MRR: the interval holds 0, so these data do not say which model is better" in said
    assert json.loads(out.read_text())["differences"]["MRR"]["high"] == 0


def test_what_cannot_be_compared(runs, fails, call, tmp_path):
    one = ["compare", "--run", runs / "markov"]
    assert "compare needs --run twice or more, once for each model" in fails(*one, "--data", WORLD)
    assert "no run folder there" in fails(*one, "--run", tmp_path / "absent", "--data", WORLD)
    both = [*one, "--run", runs / "popularity", "--data"]
    assert "was trained on other data" in fails(*both, "world:video:users=60,seed=1")
    late = ["fit", "--data", WORLD, "--model", "markov", "--split", "temporal", "--out", tmp_path / "late"]
    assert call(*late, "--quiet").code == 0
    message = fails(*one, "--run", tmp_path / "late", "--data", WORLD)
    assert "tested in different ways, loo-full-unseen and temporal-successive-full-unseen" in message


def test_users_with_several_cases_are_drawn_with_all_of_them(call, tmp_path):
    for name in ("markov", "popularity"):
        words = ["fit", "--data", WORLD, "--model", name, "--split", "temporal", "--out", tmp_path / name]
        assert call(*words, "--quiet").code == 0
    both = ["--run", tmp_path / "markov", "--run", tmp_path / "popularity"]
    found = json.loads(call("compare", *both, "--data", WORLD, "--quiet", "--json", "-").out)
    assert (
        found["data"]["test_cases"] > 60
        and found["differences"]["MRR"]["low"] < found["differences"]["MRR"]["high"]
    )


def test_runs_on_a_log_with_names_of_its_own(shop, call, tmp_path):
    path, columns = shop
    for name in ("markov", "popularity"):
        words = ["fit", "--data", path, *columns, "--model", name, "--out", tmp_path / name, "--quiet"]
        assert call(*words).code == 0
    both = ["--run", tmp_path / "markov", "--run", tmp_path / "popularity"]
    assert call("compare", *both, "--data", path).code == 0  # its columns are known from the runs


def test_three_models_are_compared_pair_by_pair(runs, call, fails, tmp_path):
    folders = [runs / "markov", runs / "popularity", runs / "gru0"]
    every = ["--run", folders[0], "--run", folders[1], "--run", folders[2], runs / "gru1"]
    words = ["compare", *every, "--data", WORLD, "--quiet"]
    content = json.loads(call(*words, "--json", "-").out)
    assert [(pair["a"], pair["b"]) for pair in content["pairs"]] == [(0, 1), (0, 2), (1, 2)]
    assert "differences" not in content and len(content["runs"]) == 3
    split = leave_one_out(simulate("video", users=60), 50)
    a, b = (evaluate(kind(split.train_log), split.test) for kind in (Markov, Popularity))
    wanted = paired_difference(a, b, "MRR", level=1 - 0.05 / 3, samples=6000)
    found = content["pairs"][0]["differences"]["MRR"]
    assert (found["low"], found["high"], found["level"]) == (wanted.low, wanted.high, wanted.level)
    said = call(*words).out
    assert all(name in said for name in ("A - B", "A - C", "B - C", "C  gru4rec"))
    assert "widened so that all 3 of a metric hold together with 95% (Bonferroni)" in said


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_differences_are_drawn(runs, call, fails, tmp_path, suffix):
    both = ["--run", runs / "markov", "--run", runs / "popularity", "--data", WORLD, "--quiet"]
    picture = tmp_path / "new" / f"differences.{suffix}"
    found = call("compare", *both, "--plot", picture)
    assert found.code == 0 and f"picture in {picture}" in found.err and picture.stat().st_size > 3_000
    if suffix == "svg":
        assert "<svg" in picture.read_text()[:1000]
    assert "the name must end in .png, .svg, .pdf" in fails("compare", *both, "--plot", tmp_path / "x.gif")
