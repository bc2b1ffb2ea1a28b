"""Lines of the command line that could once be broken without a test noticing."""

import os
import types

import pytest

from seqrec_lib import cli


def test_a_reader_that_leaves_a_pipe_ends_the_command_with_1(monkeypatch, capfd):
    def run(arguments):
        raise BrokenPipeError

    redirected = []
    parser = types.SimpleNamespace(parse_args=lambda words: types.SimpleNamespace(run=run, traceback=False))
    monkeypatch.setattr(cli, "make_parser", lambda: parser)
    monkeypatch.setattr(os, "dup2", lambda source, target: redirected.append(target))
    assert cli.main([]) == 1 and redirected and capfd.readouterr().err == ""


@pytest.mark.parametrize("words, missing", [(["evaluate", "--data", "x"], "--run"), (["recommend"], "--run")])
def test_a_flag_that_is_needed_is_asked_for(words, missing, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    said = capsys.readouterr().err.splitlines()[-1]
    assert stop.value.code == 2 and "required" in said and missing in said
