"""Rows of `results/serving.json`: three runtimes of one model, and a service under load.

    python benchmarks/serving.py --part runtimes     # PyTorch, onnxruntime, JavaScript: bytes, times, errors
    python benchmarks/serving.py --part load         # latency against load, beside the law of queues
    python benchmarks/serving.py --part memory       # resident memory over 10,000 requests

The part `runtimes` asks the page's own model in Chromium, and counts processor time, which other work on
the machine leaves alone. Latencies are by the clock: each row says how busy the machine was, and times alone
and under load are measured one after the other, so that they share it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from machine import describe_machine
from rows import RESULTS, read_rows, write_rows

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.deploy import (
    arrival_times,
    ask_in_turn,
    ask_when_due,
    export_run,
    in_system,
    load_exported,
    mean_wait,
    nearest_rank,
    relative_error,
    started,
)
from seqrec_lib.evaluation.asking import asked
from seqrec_lib.experiments import load_run, train
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.teaching.widgets.bundle import library
from seqrec_lib.teaching.widgets.next_items import pack_model

FILE = RESULTS / "serving.json"
USERS, MAX_LEN, EPOCHS = 400, 40, 1  # the model of chapter 1: sizes and times do not hang on its quality
HISTORIES, WARM, TIMES = 300, 50, 10
LOADS = (0.3, 0.6, 0.8, 0.9)
REQUESTS = 300


@contextmanager
def made(seed: int) -> Iterator[tuple[Path, Path]]:
    """``(run folder, exported file)`` of one training."""
    split = leave_one_out(simulate("video", users=USERS, seed=1), max_len=MAX_LEN)
    with tempfile.TemporaryDirectory() as place:
        folder, file = Path(place) / "run", Path(place) / "model.onnx"
        train("lstm-attention", split, seed=seed, device="cpu", out=folder, progress=False, epochs=EPOCHS)
        export_run(load_run(folder, "cpu"), file)
        yield folder, file


def one_by_one(score: Callable[[int], object], count: int) -> np.ndarray:
    """Milliseconds of processor time of each of ``count`` questions, after ``WARM`` that do not count."""
    for n in range(WARM):
        score(n)
    spent = []
    for n in range(count):
        begin = time.process_time()
        score(n)
        spent.append(1e3 * (time.process_time() - begin))
    return np.array(spent)


def times_of(spent: np.ndarray) -> dict[str, float]:
    return {
        "mean": float(spent.mean()),
        "p50": nearest_rank(spent, 0.5),
        "p95": nearest_rank(spent, 0.95),
    }


def runtime_rows(seed: int) -> list[dict]:
    with made(seed) as (folder, file):
        run, other = load_run(folder, "cpu"), load_exported(file).model
        split = leave_one_out(simulate("video", users=USERS, seed=2), max_len=MAX_LEN)
        rows = [split.test.batch.rows(slice(n, n + 1)).trim() for n in range(HISTORIES)]
        with asked(run.model):
            want = torch.cat([run.model.score(row) for row in rows])
            exact = run.model.double()
            truth = torch.cat([exact.score(row) for row in rows])
            run.model.float()
            spent = one_by_one(lambda n: run.model.score(rows[n]), HISTORIES)
        got = torch.cat([other.score(row) for row in rows])
        found = [
            ("PyTorch", (folder / "weights.safetensors").stat().st_size, spent, want),
            ("onnxruntime", file.stat().st_size, one_by_one(lambda n: other.score(rows[n]), HISTORIES), got),
        ]
        settings, layout, text = pack_model(load_run(folder, "cpu").model)  # type: ignore[arg-type]
        code = library("views/lstm_attention.js").replace("export default {", "window.lib = {")
        lists = [row.items[0].tolist() for row in rows]
        scores, js = in_browser(code, settings, layout, text, lists)
        page = torch.cat([torch.full((HISTORIES, 1), -torch.inf), torch.tensor(scores)], 1)
        found.append(("JavaScript", len(text) * 3 // 4 + len(code.encode()), js, page))
    return [
        {
            "variant": name,
            "bytes": size,
            "test": {"milliseconds": float(np.mean(spent))},
            "error": relative_error(scores, truth),
            "against": relative_error(scores, want),
        }
        for name, size, spent, scores in found
    ]


def in_browser(code: str, *given: object) -> tuple[list[list[float]], float]:
    """``(scores (N, V), milliseconds a history)`` of the page's model in Chromium, of its thread alone."""
    from playwright.sync_api import sync_playwright

    path = next(
        found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))
    )
    with sync_playwright() as kit:
        browser = kit.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_content("<p>a page</p>")
        tab.add_script_tag(content=code, type="module")
        tab.wait_for_function("window.lib")
        kit_of_tab = tab.context.new_cdp_session(tab)
        kit_of_tab.send("Performance.enable", {"timeDomain": "threadTicks"})

        def busy() -> float:
            told = kit_of_tab.send("Performance.getMetrics")["metrics"]
            return 1e3 * next(each["value"] for each in told if each["name"] == "TaskDuration")

        run = """([settings, layout, text, rows, times]) => {
          const model = new lib.LstmAttention(settings, lib.unpack(layout, text));
          for (let n = 1; n < times; n += 1) for (const row of rows) model.run(row);
          return rows.map((row) => [...model.run(row).scores].slice(1));
        }"""
        marks = [busy()]
        for times in (TIMES, 2 * TIMES):  # what is loaded and compiled once falls out of the difference
            scores = tab.evaluate(run, [*given, times])
            marks.append(busy())
        browser.close()
    once, twice = marks[1] - marks[0], marks[2] - marks[1]
    return scores, (twice - once) / (TIMES * len(scores))


def bodies() -> list[dict]:
    """Bodies of real lengths: the test histories of other users."""
    split = leave_one_out(simulate("video", users=USERS, seed=2), max_len=MAX_LEN)
    batch = split.test.batch
    lists = [batch.items[n, : batch.lengths[n]].tolist() for n in range(200)]
    return [{"history": [int(split.log.item_ids[item]) for item in one], "k": 10} for one in lists]


def load_rows(seed: int) -> list[dict]:
    rows = []
    with made(seed) as (folder, file):
        for name, path in (("PyTorch", folder), ("onnxruntime", file)):
            with started(path) as (url, _):
                some = bodies()
                ask_in_turn(url, some)  # the first ones are slow
                alone = ask_in_turn(url, some * 2).latency
                for load in LOADS:
                    rate = load / float(alone.mean())
                    due = arrival_times(rate, REQUESTS, seed=100 * seed + int(100 * load))
                    told = ask_when_due(url, some, due)
                    law = mean_wait(rate, float(alone.mean()), float(alone.std()))
                    rows.append(
                        {
                            "variant": f"{name}, load {load}",
                            "load": load,
                            "runtime": name,
                            "rate": rate,
                            "alone": times_of(1e3 * alone) | {"spread": 1e3 * float(alone.std())},
                            "law": 1e3 * (float(alone.mean()) + law),
                            "there": in_system(told.due, told.done),
                            "answered": int((told.status == 200).sum()),
                            "test": times_of(1e3 * told.latency) | {"p99": 1e3 * told.percentile(0.99)},
                            "per_second": told.per_second,
                        }
                    )
    return rows


def memory_rows(seed: int) -> list[dict]:
    rows = []
    with made(seed) as (folder, file):
        for name, path in (("PyTorch", folder), ("onnxruntime", file)):
            begin = time.perf_counter()
            with started(path) as (url, process):
                ready = time.perf_counter() - begin
                some, held = bodies(), []
                for _ in range(11):
                    ask_in_turn(url, some * 5)
                    held.append(resident(process.pid))
                most = ask_in_turn(url, some * 2).per_second
            rows.append(
                {
                    "variant": name,
                    "test": {"megabytes": held[-1], "growth": held[-1] / held[0] - 1, "per_second": most},
                    "megabytes": held,
                    "requests": 1000,
                    "seconds_to_start": ready,
                }
            )
    return rows


def resident(process: int) -> float:
    """Megabytes of memory that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


PARTS = {"runtimes": runtime_rows, "load": load_rows, "memory": memory_rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    given = parser.parse_args()
    torch.set_num_threads(1)
    for seed in range(3) if given.seed is None else (given.seed,):
        done = read_rows(FILE)
        if any(row["part"] == given.part and row["seed"] == seed for row in done):
            continue
        print(given.part, seed, file=sys.stderr, flush=True)
        shared = {
            "model": "lstm-attention",
            "seed": seed,
            "world": "video",
            "settings": {"users": USERS, "max_len": MAX_LEN, "epochs": EPOCHS},
        }
        rows = PARTS[given.part](seed)
        made_by = {
            "machine": describe_machine(1),
            "device": "cpu",
            "versions": versions(),
            "command": f"python benchmarks/serving.py --part {given.part}",
            "commit": commit(),
        }
        write_rows(FILE, [*done, *({"part": given.part, **shared, **row, **made_by} for row in rows)])


if __name__ == "__main__":
    main()
