"""Lines of experiments that could once be broken without a test noticing."""

import inspect
import shutil
import subprocess

import pytest

from seqrec_lib.data import movielens
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
