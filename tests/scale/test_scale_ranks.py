"""Two processes train what one trains: the same step, the same figures, the same weights after a death."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import rank_jobs
import torch
from tiny_training import make_split

from seqrec_lib.messages import InputError
from seqrec_lib.training import fit
from seqrec_lib.training.joining import joined, processes
from seqrec_lib.training.ranks import Alone

HERE = Path(__file__).parent
CPU = torch.device("cpu")
pytestmark = pytest.mark.skipif(
    os.name != "posix" or not torch.distributed.is_available(), reason="torchrun with gloo, and SIGKILL"
)


def torchrun(job, folder, size=2):
    paths = [str(HERE), str(HERE.parent / "helpers"), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size)]
    return subprocess.run(
        [sys.executable, *words, str(HERE / "rank_jobs.py"), job, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    done = torchrun("together", folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return torch.load(folder / "together.pt", weights_only=True)


def apart(one, other):
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_training_of_two_ranks_is_that_of_one_process(two):
    alone = rank_jobs.same(Alone())
    assert apart(two["same"]["model"], alone["model"]) < 1e-5
    for mine, theirs in zip(two["same"]["epochs"], alone["epochs"], strict=True):
        assert mine["targets"] == theirs["targets"] and mine["steps"] == theirs["steps"]
        assert mine["loss"] == pytest.approx(theirs["loss"], abs=1e-5)
        assert mine["validation"] == pytest.approx(theirs["validation"], abs=1e-6)


def test_the_batches_leave_a_rank_without_rows_once_and_shares_that_differ():
    """Otherwise the test above would not see what it is for."""
    rows = len(make_split().train)
    assert rows % rank_jobs.QUICK["batch_size"] == 1
    assert len(set(make_split().train.lengths.tolist())) > 1


def test_a_mean_of_means_is_another_training(two):
    assert apart(two["naive"]["model"], rank_jobs.same(Alone())["model"]) > 1e-3


def test_a_table_in_two_shards_is_the_whole_table(two):
    alone = rank_jobs.table(Alone())
    torch.testing.assert_close(two["table"]["looked"], alone["looked"])
    even, odd = two["table"]["rows"]
    torch.testing.assert_close(even, alone["rows"][0][0::2])
    torch.testing.assert_close(odd, alone["rows"][0][1::2])
    assert not alone["rows"][0][0].any()  # padding has not moved


def test_errors_reach_every_rank(two):
    assert two["error"]["told"] == "seven is no number"
    assert "process 1 of 2 has other data or settings than process 0" in two["differ"]["told"]


def test_after_the_death_of_a_rank_the_weights_are_those_of_an_undisturbed_run(two, tmp_path):
    died = torchrun("killed", tmp_path)
    assert died.returncode != 0 and "SIGKILL" in died.stderr and (tmp_path / "run" / "last").is_file()
    assert not (tmp_path / "killed.pt").exists()
    with pytest.raises(InputError, match="trained by 2 processes, and now there is 1"):
        rank_jobs.noisy(Alone(), tmp_path)
    again = torchrun("noisy", tmp_path)
    assert again.returncode == 0, again.stderr[-3000:]
    resumed = torch.load(tmp_path / "noisy.pt", weights_only=True)["model"]
    assert apart(resumed, two["undisturbed"]["model"]) == 0.0


def test_dropout_differs_between_ranks(two):
    """Else two ranks would silence the same units: the noisy run is not that of one process."""
    model = rank_jobs.new_model(0.2)
    fit(model, make_split(), loss="bce", **rank_jobs.QUICK)
    assert apart(dict(model.state_dict()), two["undisturbed"]["model"]) > 1e-4


@pytest.mark.parametrize(
    ("told", "match"),
    [
        ({"RANK": "2", "WORLD_SIZE": "2"}, "the ranks go from 0 to 1"),
        ({"WORLD_SIZE": "2"}, "RANK is None and WORLD_SIZE is 2"),
        ({"RANK": "first", "WORLD_SIZE": "2"}, "both must be whole numbers"),
        ({"RANK": "0", "WORLD_SIZE": "2"}, "set MASTER_ADDR and MASTER_PORT"),
    ],
)
def test_ranks_that_do_not_fit_are_told_so(monkeypatch, told, match):
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=match), joined(CPU, seconds=2):
        pass


def test_nobody_else_means_one_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert processes() == (0, 1)
    with joined(CPU) as ranks:
        assert ranks.size == 1 and ranks.first


def address(monkeypatch, port):
    for name, value in {"RANK": 0, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}.items():
        monkeypatch.setenv(name, str(value))


def test_a_port_in_use_is_named(monkeypatch):
    with socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET) as taken:
        taken.bind(("", 0))
        taken.listen()
        address(monkeypatch, taken.getsockname()[1])
        with pytest.raises(InputError, match="is in use by another program"), joined(CPU, seconds=2):
            pass


def test_a_rank_that_never_comes_is_waited_for_and_told(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address(monkeypatch, port)
    with (
        pytest.raises(InputError, match="waited 2 seconds .* and not all processes came"),
        joined(CPU, seconds=2),
    ):
        pass
