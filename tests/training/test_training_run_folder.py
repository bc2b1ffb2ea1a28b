"""Run folders: whole files or none, and nothing in them that can run."""

import errno
import json
import os
import pickle
import stat
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_training import TinyModel, make_log, make_split

from seqrec_lib.files import replace_file, write_bytes, write_json
from seqrec_lib.training import RunFolder, fit
from seqrec_lib.training.run_folder import plain_ids

QUICK = {"epochs": 2, "select": "NDCG@5", "device": "cpu", "progress": False, "lr": 1e-2}


def new_model(**changes):
    torch.manual_seed(0)
    return TinyModel(**changes)


@pytest.fixture
def run(tmp_path):
    fit(new_model(), make_split(), **QUICK, out=tmp_path / "run", notes={"source": "here"})
    return RunFolder(tmp_path / "run")


def test_what_is_in_it(run):
    settings = run.read("settings.json")
    assert settings["training"]["lr"] == 0.01 and settings["notes"] == {"source": "here"}
    assert settings["data"]["protocol"] == "loo-full-unseen" and settings["data"]["items"] == 12
    items = run.read("items.json")
    assert items["ids"][:2] == [None, "film-1"] and len(items["ids"]) == 13 and items["titles"] is None
    last = torch.load(run.path / "last", weights_only=True)
    assert {"python", "numpy", "torch", "rows", "negatives"} <= last["random"].keys()
    assert {"model", "best", "optimiser", "early_stopping", "epochs"} <= last.keys()
    assert len(run.read("history.json")["epochs"]) == 2


class Bomb:
    """Unpickling it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_code_in_a_checkpoint_does_not_run(run, tmp_path, how):
    bomb = {"format": 1, "model": Bomb(tmp_path / "crater")}
    if how == "torch":
        torch.save(bomb, run.path / "last")
    else:
        (run.path / "last").write_bytes(pickle.dumps(bomb, protocol=2))
    with pytest.raises(ValueError, match="refused, because it holds more than tensors and plain settings"):
        fit(new_model(), make_split(), **QUICK, out=run.path, resume=True)
    assert not (tmp_path / "crater").exists()
    pickle.loads(pickle.dumps(Bomb(tmp_path / "crater")))
    assert (tmp_path / "crater").exists(), "the bomb is a dud, so this test shows nothing"


def test_code_in_the_weights_does_not_run(run, tmp_path):
    torch.save(Bomb(tmp_path / "crater"), run.path / "weights.safetensors")
    with pytest.raises(ValueError, match="not a safetensors file"):
        run.load_weights(new_model())
    assert not (tmp_path / "crater").exists()


def test_a_damaged_checkpoint(run):
    whole = (run.path / "last").read_bytes()
    for data in (whole[: len(whole) // 2], b""):
        (run.path / "last").write_bytes(data)
        with pytest.raises(ValueError, match="last: (damaged|refused)"):
            run.load_last()
    torch.save({"format": 99}, run.path / "last")
    with pytest.raises(ValueError, match="not a checkpoint of a format that this program reads"):
        run.load_last()
    torch.save({"format": 1}, run.path / "last")
    with pytest.raises(ValueError, match="not a checkpoint of this model"):
        fit(new_model(), make_split(), **QUICK, out=run.path, resume=True)


def test_weights_of_another_model(run):
    with pytest.raises(ValueError, match="belong to a model with other settings"):
        run.load_weights(new_model(dim=4))
    (run.path / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match="no weights there"):
        run.load_weights(new_model())


def test_folders_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="no run folder there"):
        RunFolder(tmp_path / "absent").read("settings.json")
    with pytest.raises(ValueError, match="is no run folder: it has no settings.json"):
        RunFolder(tmp_path).read("settings.json")
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(ValueError, match="damaged, not JSON"):
        RunFolder(tmp_path).read("settings.json")
    with pytest.raises(ValueError, match="is a file: give a folder"):
        RunFolder(tmp_path / "settings.json").begin({}, make_log())


def fill_disk_after(monkeypatch, writes):
    """Let so many files be written; then half a file fits and the disk is full."""
    plain, left = Path.write_bytes, [writes]

    def write(self, data):
        left[0] -= 1
        if left[0] < 0:
            plain(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)


@pytest.mark.parametrize("writes", range(8))
def test_a_full_disk_leaves_whole_files_and_the_run_goes_on_later(tmp_path, monkeypatch, writes):
    """Eight files are written in two epochs; each of them in turn meets a full disk."""
    whole, cut = new_model(), new_model()
    fit(whole, make_split(), **QUICK)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="the disk is full"):
        fill_disk_after(patch, writes)
        fit(cut, make_split(), **QUICK, out=tmp_path)
    for path in tmp_path.iterdir():
        assert not path.name.startswith("."), "a temporary file was left"
        if path.suffix == ".json":
            json.loads(path.read_text())
    cut = new_model()
    fit(cut, make_split(), **QUICK, out=tmp_path, resume=True)
    assert all(torch.equal(a, b) for a, b in zip(cut.parameters(), whole.parameters(), strict=True))


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    write_bytes(tmp_path / "file", b"old")
    fill_disk_after(monkeypatch, 0)
    with pytest.raises(OSError, match="file: the disk is full; the file from before is kept"):
        write_bytes(tmp_path / "file", b"new and longer")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with pytest.raises(OSError, match="the disk is full; nothing was written"):
        write_bytes(tmp_path / "other", b"new")


def test_any_failure_removes_the_temporary_file(tmp_path):
    def interrupted(temporary):
        temporary.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "file", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_ids_stay_numbers_or_text():
    assert plain_ids(np.array([0, 7, 9])) == [None, 7, 9]
    assert plain_ids(np.array([None, "a", np.int64(3)], dtype=object)) == [None, "a", 3]
    assert json.dumps(plain_ids(np.array(["", "é"]))) == '[null, "\\u00e9"]'


needs_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")


@needs_posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    """As ``/dev/null`` and ``/dev/stdout`` must: a rename would put a file in the place of the device."""
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_json(pipe, {"a": 1})
    reader.join(10)
    assert stat.S_ISFIFO(pipe.lstat().st_mode) and json.loads(found[0]) == {"a": 1}
    assert list(tmp_path.iterdir()) == [pipe]


@needs_posix
def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "there" / "file", tmp_path / "link"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    write_bytes(link, b"new")
    assert link.is_symlink() and target.read_text() == "new"
    target.unlink()
    write_bytes(link, b"again")  # a link to what is not there yet
    assert link.is_symlink() and target.read_text() == "again"
