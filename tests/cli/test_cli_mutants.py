"""Lines of the command line that could once be broken without a test noticing."""

import json
import os
import types

import pytest

from seqrec_lib import cli
from seqrec_lib.cli.parser import make_parser


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


def test_every_number_on_the_command_line_is_read_as_a_number():
    words = (
        "--epochs 3 --max-len 4 --dim 8 --patience 5 --evaluate-every 6 --warmup 7 --batch-size 9 --seed 1 "
        "--heads 2 --layers 10 --negatives 11"
    )
    asked = make_parser().parse_args(["fit", "--data", "x", "--model", "y", *words.split()])
    for flag, number in zip(words.split()[::2], words.split()[1::2], strict=True):
        assert getattr(asked, flag[2:].replace("-", "_")) == int(number), flag
    words = "--lr .5 --weight-decay .25 --beta2 .75 --clip 1.5 --dropout .125 --max-seconds 2.5"
    asked = make_parser().parse_args(["fit", "--data", "x", "--model", "y", *words.split()])
    for flag, number in zip(words.split()[::2], words.split()[1::2], strict=True):
        assert getattr(asked, flag[2:].replace("-", "_")) == float(number), flag


def test_max_seconds_reaches_training(tmp_path):
    words = "--data world:video:users=30 --model gru4rec --dim 4 --device cpu --epochs 40 --max-seconds 1e-6"
    assert cli.main(["fit", *words.split(), "--json", str(tmp_path / "figures.json")]) == 0
    assert len(json.loads((tmp_path / "figures.json").read_text())["epochs"]) == 1


def test_every_flag_of_every_command_says_what_it_is_for():
    commands = next(a.choices for a in make_parser()._actions if isinstance(a.choices, dict))
    for name, command in commands.items():
        for action in command._actions:
            assert action.help, (name, action.dest)


def test_the_first_column_of_a_table_is_text_and_the_others_are_numbers():
    from seqrec_lib.cli.text import table

    assert table(["name", "n"], [["a", 5], ["bcdef", 12]]).splitlines()[2:] == ["a       5", "bcdef  12"]


def test_simulate_says_which_file_holds_what(capsys, tmp_path):
    words = ["simulate", "--world", "shop", "--users", "20", "--out", str(tmp_path / "rows.csv")]
    assert cli.main([*words, "--impressions", str(tmp_path / "shown.csv")]) == 0
    first, second = capsys.readouterr().err.strip().splitlines()[-2:]
    assert " interactions in " in first and "rows.csv" in first
    assert " impressions in " in second and "shown.csv" in second


@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_reaches_the_measuring_of_evaluate(trained, monkeypatch, quiet):
    from seqrec_lib.cli import loading

    asked, real = [], loading.measure
    monkeypatch.setattr(
        loading,
        "measure",
        lambda *a, progress, **k: asked.append(progress) or real(*a, progress=False, **k),
    )
    words = ["evaluate", "--run", str(trained.folder), "--data", trained.words[1]]
    assert cli.main([*words, "--quiet"] if quiet else words) == 0
    assert asked == [not quiet]
