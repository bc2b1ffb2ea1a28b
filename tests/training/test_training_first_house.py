"""Run folders of format 1, written by the code before the models had families, are used and resumed.

``first_house/NAME`` was interrupted after two of three epochs; ``NAME-whole`` is what the undisturbed run
ended in. Both were made by that code.
"""

import json
import shlex
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seqrec_lib import load_run
from seqrec_lib.cli import main
from seqrec_lib.models.first_house import from_first_house
from seqrec_lib.training import RunFolder

HERE = Path(__file__).parent / "first_house"
NAMES = ("lstm-attention", "sasrec")


@pytest.fixture(params=NAMES)
def old(request, tmp_path):
    """A copy of an old folder, and what its run ended in."""
    shutil.copytree(HERE / request.param, tmp_path / "run")
    whole = json.loads((HERE / f"{request.param}-whole.json").read_text())
    return tmp_path / "run", whole, load_file(HERE / f"{request.param}-whole.safetensors")


def test_an_old_folder_resumes_to_the_very_end_of_its_run(old, tmp_path):
    folder, whole, weights = old
    words = shlex.split(whole["command"])
    assert main([*words, "--out", str(folder), "--resume", "--json", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert [epoch["loss"] for epoch in found["epochs"]] == pytest.approx(whole["epochs"], abs=1e-5)
    assert found["test"] == pytest.approx(whole["test"], abs=1e-5)
    for name, weight in load_file(folder / "weights.safetensors").items():
        torch.testing.assert_close(weight, weights[name], atol=1e-5, rtol=1e-4)


def test_a_resumed_folder_has_todays_format(old):
    folder, whole, _ = old
    assert main([*shlex.split(whole["command"]), "--out", str(folder), "--resume"]) == 0
    plain = json.loads((folder / "settings.json").read_text())
    assert plain["format"] == 2 and not (folder / "weights").exists()
    family = {"lstm-attention": "norm", "sasrec": "encoder"}[plain["model"]["model"]]
    assert family not in plain["model"]
    assert load_run(folder, "cpu").history.stopped == "epochs"


def test_an_old_folder_is_evaluated_and_recommends(old, capsys, tmp_path):
    folder, _, _ = old
    out = tmp_path / "y.json"
    data = ["--data", "world:video:users=60", "--quiet", "--json", str(out)]
    assert main(["evaluate", "--run", str(folder), *data]) == 0
    run = load_run(folder, "cpu")
    kept = run.history.epochs[run.history.best_epoch - 1]["validation"]
    found = json.loads(out.read_text())["validation"]
    assert {name: found[name] for name in kept} == pytest.approx(kept, abs=1e-6)
    assert len(run.recommend([[3, 14, 15]], k=5)[0]) == 5
    assert (folder / "weights").is_file()  # looking changes nothing


@pytest.mark.parametrize("moment", ["weights copied", "settings written"])
def test_a_folder_that_was_being_brought_up_to_date_is_whole(old, moment, monkeypatch):
    folder, _, _ = old
    before = load_run(folder, "cpu").model.state_dict()

    def dies(*words, **more):
        raise KeyboardInterrupt

    target = "write_json" if moment == "weights copied" else None
    if target:
        monkeypatch.setattr(f"seqrec_lib.training.run_folder.{target}", dies)
    else:
        monkeypatch.setattr(Path, "unlink", dies)
    with pytest.raises(KeyboardInterrupt):
        RunFolder(folder).bring_up_to_date()
    monkeypatch.undo()
    after = load_run(folder, "cpu").model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    RunFolder(folder).bring_up_to_date()
    assert sorted(file.name for file in folder.glob("weights*")) == ["weights.safetensors"]


def test_mixtures_that_no_family_has_are_refused_by_name():
    plain = json.loads((HERE / "sasrec" / "settings.json").read_text())["model"]
    with pytest.raises(ValueError, match="sasrec with attention=scaled: earlier versions could build"):
        from_first_house({**plain, "attention": "scaled"})


def test_a_newer_format_is_refused(old):
    folder, _, _ = old
    plain = json.loads((folder / "settings.json").read_text())
    (folder / "settings.json").write_text(json.dumps({**plain, "format": 3}))
    with pytest.raises(ValueError, match="written in format 3; this program reads 1 to 2"):
        load_run(folder, "cpu")
