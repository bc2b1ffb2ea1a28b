"""Who is compared: each trains for a while when told to, and says how many targets it trained.

A target is a real next-item position: an item that the model was asked to foretell and learned from.
Padding is none. RecBole's rows have one target each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from plain_sasrec import PlainTraining

from seqrec_lib.data import leave_one_out
from seqrec_lib.device import pick_precision
from seqrec_lib.losses import LOSSES
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, find_recipe, recipe_settings
from seqrec_lib.training.loop import Clock, train_epoch
from seqrec_lib.training.optimiser import make_optimiser
from seqrec_lib.training.progress import Silent
from seqrec_lib.training.settings import TrainingSettings


class OurTraining:
    """The ``sasrec`` recipe, trained by ``seqrec_lib``'s own loop."""

    def __init__(self, log, max_len: int, precision: str, **changes) -> None:
        device = torch.device("cpu")
        recipe = {**find_recipe("sasrec").training, **changes, "precision": pick_precision(precision, device)}
        self.settings = TrainingSettings(**recipe)
        split = leave_one_out(log, max_len)
        self.train = split.train
        torch.manual_seed(0)
        self.model = build(recipe_settings("sasrec", log.n_items, max_len=max_len, positions="start"))
        s = self.settings
        self.objective = NextItemObjective(LOSSES[s.loss], s.negatives, s.compile)
        self.objective.prepare(self.model, split)
        self.optimiser = make_optimiser(self.model, self.settings)
        self.generators = {name: torch.Generator().manual_seed(0) for name in ("rows", "negatives")}

    def turn(self, seconds: float) -> tuple[int, float]:
        """Train for at least ``seconds``, over several epochs if need be."""
        targets, spent, started = 0, 0.0, time.perf_counter()
        while spent < seconds:
            clock = Clock(started + seconds)
            parts = (self.model, self.train, self.objective, self.optimiser, self.settings, self.generators)
            record = train_epoch(*parts, 0, Silent(), clock)
            targets += record["targets"]
            spent = time.perf_counter() - started
        return targets, spent


def plain(log, max_len: int = 200, drop_weights: bool = False) -> PlainTraining:
    """The plain version with the sizes and the settings of the ``sasrec`` recipe.

    ``drop_weights``: attention weights are dropped too, as in SASRec's published code.
    """
    recipe = find_recipe("sasrec").training
    settings = recipe_settings("sasrec", log.n_items, max_len=max_len, positions="start")
    dropped = settings.dropout if drop_weights else 0.0
    train = leave_one_out(log, max_len).train
    return PlainTraining(train, settings, recipe["batch_size"], recipe["lr"], dropped)


class RecBole:
    """RecBole's models in a process of their own, which sleeps between turns.

    Raises:
        RuntimeError: it ended before it was ready, with its last words.
    """

    def __init__(self, python: Path, log, max_len: int, threads: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        home = Path(self.folder.name)
        (home / "log").mkdir()
        order = torch.arange(len(log)).tolist()  # rows are in time order within each user
        lines = (f"u{u}\ti{i}\t{t}\n" for u, i, t in zip(log.users, log.items, order, strict=True))
        with open(home / "log" / "log.inter", "w", encoding="utf-8") as file:
            file.write("user_id:token\titem_id:token\ttimestamp:float\n")
            file.writelines(lines)
        program = Path(__file__).with_name("recbole_run.py").resolve()
        words = [
            str(python.absolute()),
            str(program),
            str(home),
            "--max-len",
            str(max_len),
            "--threads",
            str(threads),
        ]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        environment["OMP_NUM_THREADS"] = str(threads)
        self.errors = open(home / "errors.txt", "w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            words, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=environment,
        )  # fmt: skip
        self.about = self._answer()  # versions

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise RuntimeError(f"RecBole ended: {self.errors.read()[-2000:]}")
        return json.loads(line)

    def turn(self, name: str, seconds: float) -> tuple[int, float]:
        """Train the model called ``name`` for at least ``seconds``."""
        self.process.stdin.write(f"{name} {seconds}\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.cpu_seconds = answer["cpu_seconds"]  # of the last turn
        return answer["targets"], answer["seconds"]

    def close(self) -> None:
        """End the process and remove its folder."""
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
        self.folder.cleanup()


def find_recbole(given: Path | None) -> Path | None:
    """The Python of RecBole's environment, or None where there is none."""
    place = given or Path(__file__).parents[1] / "_build" / "recbole" / "bin" / "python"
    if place.exists():
        return place
    print(f"no RecBole at {place}: measured without it (make recbole)", file=sys.stderr)
    return None
