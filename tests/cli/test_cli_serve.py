"""``export`` and ``serve`` on the command line: what they write, say and refuse."""

import json
import re
import signal
import subprocess
import sys

import pytest

from seqrec_lib.cli import main
from seqrec_lib.deploy import ask, load_exported
from seqrec_lib.deploy.running import wait_until_it_answers

pytest.importorskip("onnxruntime")
pytest.importorskip("fastapi")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("serve") / "run"
    words = ["fit", "--data", "world:video:users=120", "--model", "markov", "--out", str(place), "--quiet"]
    assert main(words) == 0
    return place


def test_export_writes_a_pair_and_says_how_far_apart_they_are(folder, tmp_path, capsys):
    out = tmp_path / "new" / "markov.onnx"
    assert main(["export", "--run", str(folder), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "markov.json" in told and re.search(r"PyTorch are \d\.\de[+-]\d\d apart", told)
    assert load_exported(out).name == "markov"
    assert main(["export", "--run", str(folder), "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bytes"] == out.stat().st_size and found["relative_error"] < 1e-5


@pytest.mark.parametrize(
    "words, told",
    [
        (["export", "--run", "nowhere", "--out", "a.onnx"], "no run folder"),
        (["export", "--run", "{run}", "--out", "a.bin"], "must end in .onnx"),
        (["serve", "--run", "nowhere", "--port", "0"], "no run folder"),
        (["serve", "--run", "nowhere.onnx", "--port", "0"], "no such file"),
        (["serve", "--run", "{run}", "--port", "99999"], "--port 99999: it must be 0"),
        (["serve", "--run", "{run}", "--workers", "0"], "--workers 0: it must be at least 1"),
        (["serve", "--run", "{run}", "--watch", "0"], "--watch 0: it must be above 0"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(folder, tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    assert main([word.format(run=folder) for word in words]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ") and told in error and "\n" not in error


def test_a_model_without_a_graph_says_why(tmp_path, capsys):
    words = ["fit", "--data", "world:video:users=120", "--model", "recent-popularity", "--quiet"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    assert main(["export", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "m.onnx")]) == 1
    assert "recent-popularity cannot be exported" in capsys.readouterr().err
    assert not (tmp_path / "m.onnx").exists()


def test_serve_answers_until_it_is_told_to_end(folder):
    command = [sys.executable, "-m", "seqrec_lib", "serve", "--run", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert re.match(r"markov \(pytorch\) answers at http://127\.0\.0\.1:\d+$", line.strip())
        url = line.split()[-1]
        assert wait_until_it_answers(url, lambda: process.poll() is None)["model"] == "markov"
        assert ask(url, {"history": [], "k": 2})[0] == 200
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert ask(url, {"history": []}) == (0, None)
    finally:
        process.kill()
        process.communicate()
