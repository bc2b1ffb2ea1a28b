"""A run folder and its exported file, made once for the tests of this room."""

import pytest

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.deploy import export_run
from seqrec_lib.experiments import load_run, train

pytest.importorskip("onnxruntime")
pytest.importorskip("fastapi")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A small gru4rec, trained for one epoch."""
    place = tmp_path_factory.mktemp("deploy") / "run"
    split = leave_one_out(simulate("video", users=200, seed=1), max_len=20)
    train("gru4rec", split, out=place, device="cpu", progress=False, epochs=1, dim=16)
    return place


@pytest.fixture(scope="session")
def run(folder):
    return load_run(folder, "cpu")


@pytest.fixture(scope="session")
def onnx_file(run, folder):
    path = folder.parent / "exported" / "model.onnx"
    export_run(run, path)
    return path
