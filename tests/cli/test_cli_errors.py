"""Exit codes and one-line messages."""

import subprocess
import sys

import pytest
import torch

from seqrec_lib.cli import main
from seqrec_lib.experiments import provenance


@pytest.mark.parametrize(
    "words", [[], ["fit"], ["train"], ["fit", "--data", "x", "--model", "y", "--epochs", "two"]]
)
def test_a_command_line_that_cannot_be_read_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2 and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["fit", "evaluate", "recommend", "compare", "simulate"])
def test_help_names_every_flag_of_the_contract(command, capsys):
    flags = {
        "fit": "--data --model --loss --epochs --max-len --dim --seed --device --out --resume --json "
        "--encoding --time-unit --date-format",
        "evaluate": "--run --data --json --encoding --time-unit --date-format --ties",
        "recommend": "--run --history --data --out --users --exclude --k --at",
        "compare": "--run --data --json",
        "simulate": "--world --users --seed --out",
    }
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0
    assert [flag for flag in flags[command].split() if flag not in text] == []
    assert max(map(len, text.splitlines())) <= 110


WORLD = ["--data", "world:video:users=30"]


@pytest.mark.parametrize(
    "words, message",
    [
        (["--model", "lstm-atention"], "unknown model 'lstm-atention': did you mean lstm-attention"),
        (["--model", "popularty"], "did you mean popularity"),
        (["--model", "gru4rec", "--loss", "bec"], "unknown loss 'bec': did you mean bce"),
        (["--model", "gru4rec", "--epochs", "0"], "error: --epochs 0: it must be at least 1"),
        (["--model", "gru4rec", "--batch-size=0"], "error: --batch-size=0: it must be at least 1"),
        (["--model", "gru4rec", "--lr", "-1"], "error: --lr -1: it must be above 0"),
        (["--model", "gru4rec", "--set", "dim=0"], "error: --set dim=0: it must be at least 1"),
        (["--model", "gru4rec", "--lr", "1e38"], "the step size is too large for this model and these data"),
        (["--model", "gru4rec", "--max-len", "0"], "--max-len 0: it must be at least 1"),
        (["--model", "popularity", "--max-len", "0"], "--max-len 0: a history needs room for at least 1"),
        (["--model", "gru4rec", "--device", "tpu"], "unknown device 'tpu'"),
        (["--model", "gru4rec", "--set", "attention"], "write NAME=VALUE"),
        (["--model", "gru4rec", "--set", "atention=mean"], "'atention': did you mean attention"),
        (["--model", "gru4rec", "--set", "layers=two"], "--set layers=two: the value must be a whole number"),
        (["--model", "gru4rec", "--set", "tied=1"], "--set tied=1: the value must be true or false"),
        (["--model", "gru4rec", "--dim", "8", "--set", "dim=9"], "--set dim=9: --dim is given too"),
        (["--model", "gru4rec", "--max-len", "8", "--set", "max_len=9"], "--max-len is given too"),
        (["--model", "gru4rec", "--set", "dim=8", "--set", "dim=9"], "--set dim=9: --set dim=8 is given too"),
        (["--model", "gru4rec", "--set", "model=sasrec"], "--set model=sasrec: use --model"),
        (["--model", "gru4rec", "--set", "n_items=5"], "--set n_items=5: the data say how many"),
        (["--model", "gru4rec", "--set", "name=x"], "--set name=x: it is no setting of a model"),
        (["--model", "gru4rec", "--resume"], "--resume needs a run folder: give --out DIR"),
        (["--model", "markov", "--k-core", "5"], "would break the world's exact ceiling"),
        (["--model", "markov", "--user", "who"], "only a file has columns to map"),
        (["--model", "markov", "--time-unit", "ms"], "--time-unit: only a file has columns to map"),
        (["--model", "markov", "--at", "100"], "--at belongs to --split temporal"),
    ],
)
def test_settings_that_cannot_be_used(fails, words, message):
    assert message in fails("fit", *WORLD, *words)


@pytest.mark.parametrize(
    "source, message",
    [
        ("world:vidoe", "unknown world 'vidoe'"),
        ("absent.csv", "absent.csv"),
        ("world:video:users=none", "users='none' is not a number"),
        ("world:video:name=3", "'name=3' is no setting"),
        ("~nobody-of-this-name/log.csv", "nobody here has that home folder"),
    ],
)
def test_sources_that_cannot_be_used(fails, source, message):
    assert message in fails("fit", "--data", source, "--model", "markov")


def test_a_model_too_large_for_this_machine(fails, monkeypatch):
    def full(settings):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 16 bytes")

    monkeypatch.setattr("seqrec_lib.experiments.from_recipe.build", full)
    message = fails("fit", *WORLD, "--model", "gru4rec")
    assert "no memory left: try a smaller --batch-size" in message and "or use fewer users" in message


def test_another_runtime_error_is_not_hidden(monkeypatch):
    def broken(settings):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr("seqrec_lib.experiments.from_recipe.build", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        main(["fit", *WORLD, "--model", "gru4rec"])


def test_cuda_asked_for_and_absent(fails, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "'cuda' was asked for" in fails("fit", *WORLD, "--model", "gru4rec", "--device", "cuda")


def test_outputs_are_tried_before_the_work(fails, tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_lib.cli.fit_command.read_log", lambda *a: pytest.fail("read the data first"))
    assert "is a folder: give the name of a file" in fails(
        "fit", *WORLD, "--model", "markov", "--json", tmp_path
    )


def test_resume_with_other_data_or_settings(trained, fails):
    words = trained.words[2:]
    message = fails("fit", "--data", "world:video:users=60,seed=1", *words, "--resume")
    assert "was trained on other data" in message
    message = fails("fit", *trained.words, "--resume", "--lr", "0.5")
    assert f"lr was {trained.json['settings']['lr']}, now 0.5" in message


def test_a_folder_that_is_no_run(fails, tmp_path):
    for command in (["evaluate", *WORLD], ["recommend", "--history", "3"]):
        assert "no run folder there" in fails(*command, "--run", tmp_path / "absent")
        assert "is no run folder" in fails(*command, "--run", tmp_path)


def test_codes_of_ctrl_c_and_of_a_full_gpu(monkeypatch, capsys):
    def raising(error):
        def run(arguments):
            raise error

        monkeypatch.setattr("seqrec_lib.cli.simulate_command.run", run)
        return main(["simulate", "--world", "video", "--out", "x.csv"]), capsys.readouterr().err

    assert raising(KeyboardInterrupt()) == (130, "stopped by Ctrl-C\n")
    code, message = raising(torch.cuda.OutOfMemoryError("CUDA out of memory"))
    assert code == 1 and "try a smaller --batch-size" in message
    code, message = raising(MemoryError("Unable to allocate 8 TiB for an array"))
    assert code == 1 and "no memory left: use fewer users" in message and "--dim" not in message
    assert raising(OSError("two\nlines")) == (1, "error: two lines\n")
    with pytest.raises(AssertionError):  # a fault of the program itself is not dressed up as bad data
        raising(AssertionError("bug"))


def test_traceback_on_request():
    with pytest.raises(ValueError, match="unknown model"):
        main(["fit", *WORLD, "--model", "nothing", "--traceback"])


def test_as_a_module():
    words = [sys.executable, "-m", "seqrec_lib", "fit", *WORLD, "--model", "nothing"]
    found = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert found.returncode == 1 and found.stdout == ""
    assert found.stderr.startswith("error: unknown model 'nothing'")


def test_commit_is_gits_or_the_version(monkeypatch):
    answers = {"ls-files": "x", "rev-parse": "abc123", "status": ""}
    monkeypatch.setattr(provenance, "_git", lambda word, *rest: answers[word])
    assert provenance.commit() == "abc123"
    answers["status"] = " M seqrec_lib/losses.py"
    assert provenance.commit() == "abc123-dirty"
    answers["ls-files"] = None
    assert provenance.commit() == f"seqrec_lib {provenance.versions()['seqrec_lib']}"


def test_git_that_is_not_there(monkeypatch):
    def absent(*args, **kwargs):
        raise FileNotFoundError("git")

    monkeypatch.setattr(provenance.subprocess, "run", absent)
    assert provenance.commit().startswith("seqrec_lib ")


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    """A ValueError that is nobody's input, as NumPy and PyTorch raise them, is not told as advice."""

    def broken(settings):
        raise ValueError("could not broadcast input array")

    monkeypatch.setattr("seqrec_lib.experiments.from_recipe.build", broken)
    with pytest.raises(ValueError, match="could not broadcast"):
        main(["fit", *WORLD, "--model", "gru4rec"])


def test_the_traceback_of_an_input_error_is_there_for_who_asks(capsys):
    with pytest.raises(ValueError, match="unknown model"):
        main(["fit", *WORLD, "--model", "gru4", "--traceback"])
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    assert "--traceback" in capsys.readouterr().out


def test_a_setting_that_the_model_does_not_have_names_those_that_it_has(fails):
    message = fails("fit", *WORLD, "--model", "gru4rec", "--set", "norm=post")
    assert "unknown setting of gru4rec 'norm'" in message
    assert all(name in message for name in ("encoder", "packed", "tied", "dropout"))
    message = fails("fit", *WORLD, "--model", "gru4rec", "--heads", "2")
    assert "heads changes nothing in this gru4rec: attention is none" in message
    assert "unknown encoder 'transfomer': use one of rnn, lstm, gru" in fails(
        "fit", *WORLD, "--model", "lstm-attention", "--set", "encoder=transfomer"
    )
