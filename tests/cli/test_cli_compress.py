"""``compress``: a smaller run that ``evaluate`` and ``recommend`` take as any other, and what is refused."""

import json

import pytest

from seqrec_lib.cli import main

WORLD = "world:video:users=60"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("compress") / "run"
    words = ["--data", WORLD, "--model", "gru4rec", "--epochs", "2", "--dim", "8", "--device", "cpu"]
    assert main(["fit", *words, "--out", str(place), "--json", str(place.parent / "fit.json")]) == 0
    return place


def test_compress_then_evaluate_then_recommend(run, call, tmp_path):
    made = call("compress", "--run", run, "--method", "int8", "--out", tmp_path / "int8")
    assert made.code == 0 and "times smaller" in made.out and "int8:" in made.out
    found = call("evaluate", "--run", tmp_path / "int8", "--data", WORLD, "--json", "-")
    content = json.loads(found.out)
    before = json.loads((run.parent / "fit.json").read_text())
    assert content["settings"]["table"] == "int8" and content["floors"] == before["floors"]
    assert content["test"]["NDCG@10"] == pytest.approx(before["test"]["NDCG@10"], abs=0.02)
    items = json.loads((run / "items.json").read_text())["ids"][:3]
    lists = [
        call("recommend", "--run", folder, "--history", " ".join(map(str, items)), "--json", "-")
        for folder in (run, tmp_path / "int8")
    ]
    assert [each.code for each in lists] == [0, 0], lists[1].err
    assert lists[0].out != lists[1].out, "the scores of whole numbers are others"


def test_sizes_as_json_on_the_screen_and_in_a_file(run, call, tmp_path):
    words = ("compress", "--run", run, "--method", "bf16")
    shown = json.loads(call(*words, "--out", tmp_path / "a", "--json", "-").out)
    assert call(*words, "--out", tmp_path / "b", "--json", tmp_path / "b.json").code == 0
    stored = json.loads((tmp_path / "b.json").read_text())
    assert shown["method"] == "bf16" and shown["before"] > shown["after"] > 0
    assert (stored["before"], stored["after"]) == (shown["before"], shown["after"])
    assert "bf16" in shown["command"] and shown["folder"] == str(tmp_path / "a")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "int9"), "int8"),
        (("--method", "int8", "--pieces", 4), "unknown option of int8 'pieces': it has none"),
        (("--method", "codes", "--kept", 0.5), "unknown option of codes 'kept': it has pieces"),
        (("--method", "codes", "--pieces", 3), "pieces 3: it must divide dim, which is 8"),
        (("--method", "sparse", "--kept", 0), "kept 0: it must be above 0"),
    ],
)
def test_a_method_or_an_option_that_is_none_is_refused(run, fails, tmp_path, words, told):
    assert told in fails("compress", "--run", run, *words, "--out", tmp_path / "small")
    assert not (tmp_path / "small").exists()


def test_a_counted_model_a_full_folder_and_no_run_are_refused(run, call, fails, tmp_path):
    counted = tmp_path / "markov"
    assert call("fit", "--data", WORLD, "--model", "markov", "--out", counted).code == 0
    method = ("--method", "int8", "--out")
    assert "counted" in fails("compress", "--run", counted, *method, tmp_path / "small")
    assert "holds a run already" in fails("compress", "--run", run, *method, counted)
    assert "is the run itself" in fails("compress", "--run", run, *method, run)
    assert str(tmp_path / "none") in fails(
        "compress", "--run", tmp_path / "none", *method, tmp_path / "small"
    )
