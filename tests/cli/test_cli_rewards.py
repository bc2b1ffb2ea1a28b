"""A log whose events are worth something, from the command line: trained, and refused with a way out."""

import json

import pytest

from seqrec_lib.cli import main
from seqrec_lib.data.worlds import log_of_sessions, play, session_world

SMALL = ["--dim", "8", "--epochs", "1", "--device", "cpu", "--quiet", "--no-floors"]


@pytest.fixture
def sessions(tmp_path):
    world = session_world("small-feed")
    frame = log_of_sessions(world, play(world, world.logger(), 120, 1)).frame
    file = tmp_path / "sessions.csv"
    frame.assign(time=range(len(frame))).to_csv(file, index=False)
    return file


@pytest.mark.parametrize("model", ["reinforce", "sqn", "sac", "decision-transformer"])
def test_it_is_trained(sessions, tmp_path, model):
    out = tmp_path / "out.json"
    chosen = ["--split", "sessions", "--set", "events=2", "--set", "rewards=click=1", "--max-len", "6"]
    assert main(["fit", "--data", str(sessions), "--model", model, *chosen, *SMALL, "--json", str(out)]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["protocol"].startswith("last-of-session")
    assert found["settings"]["rewards"] == "click=1"


@pytest.mark.parametrize(
    "chosen, said",
    [
        (["--set", "events=2"], "say what each is worth"),
        (["--set", "events=2", "--set", "rewards=clik=1"], "click"),
        (["--set", "events=2", "--set", "rewards=click"], "NAME=NUMBER"),
        (["--set", "events=1", "--set", "rewards=click=1"], "events=2"),
        (["--split", "sessions", "--at", "5", "--set", "rewards=click=1"], "--at"),
    ],
)
def test_what_cannot_be_learned_is_refused(sessions, capsys, chosen, said):
    assert main(["fit", "--data", str(sessions), "--model", "sqn", *chosen, *SMALL]) != 0
    assert said in capsys.readouterr().err
