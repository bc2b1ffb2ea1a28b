"""One small world, one trained run, shared by the tests of the command line."""

import json
from types import SimpleNamespace

import pytest

from seqrec_lib.cli import main

WORLD = "world:video:users=60"
TINY = ["--epochs", "2", "--dim", "8", "--device", "cpu"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The run folder and the JSON of ``fit`` on a world of 60 users."""
    home = tmp_path_factory.mktemp("trained")
    words = ["--data", WORLD, "--model", "lstm-attention", *TINY, "--out", str(home / "run")]
    assert main(["fit", *words, "--json", str(home / "fit.json")]) == 0
    return SimpleNamespace(folder=home / "run", json=json.loads((home / "fit.json").read_text()), words=words)


@pytest.fixture
def call(capsys):
    """Run the command line here; return its exit code and what it said."""

    def run(*words):
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run


@pytest.fixture
def fails(call):
    """Run a command that must fail with code 1 and one line on standard error; return the line."""

    def run(*words):
        found = call(*words)
        lines = [line for line in found.err.strip().splitlines() if line.startswith("error: ")]
        assert found.code == 1 and len(lines) == 1 and "Traceback" not in found.err
        assert found.err.strip().splitlines()[-1] == lines[0]
        return lines[0]

    return run


@pytest.fixture
def shop(tmp_path):
    """A small log with names of its own: 20 users, 12 items called film-1 to film-12."""
    rows = ["who,what,when"]
    for user in range(20):
        rows += [f"u{user},film-{1 + (user + n) % 12},{1000 * n + user}" for n in range(6)]
    path = tmp_path / "shop.csv"
    path.write_text("\n".join(rows) + "\n")
    return path, ["--user", "who", "--item", "what", "--time", "when"]
