"""What one training step takes on a GPU, and how much of it the GPU stands idle.

    python benchmarks/gpu_steps.py [SOURCE]     # writes seqrec_lib/results/gpu_steps.json

SASRec on batches of the longest rows of MovieLens-1M (``SOURCE``: ``ml-1m`` or a file of it). A step's
milliseconds are by the clock, over many steps without a wait between them. ``busy`` are the milliseconds in
which a kernel ran, from one profile; the rest is lost to launching kernels one at a time. ``ways``:

- ``eager``: as ``fit`` trains; ``compiled``: ``fit(compile=True)``;
- ``graph``: the whole step recorded once as a CUDA graph and replayed. It is a limit, not an offer: a graph
  has one shape and one step size, and batches of real rows have many.

``tf32`` is fp32 whose products round their factors to 10 bits (``torch.set_float32_matmul_precision``).
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable

import torch
from rows import RESULTS, read_rows, write_rows
from torch.profiler import ProfilerActivity, profile

from seqrec_lib.data import leave_one_out, load_source
from seqrec_lib.device import autocast
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, recipe_settings

CUDA = torch.device("cuda")
WARM, STEPS, ROUNDS = 12, 30, 5
# Width, blocks and rows of a batch: the recipe, the wide one, a deep one, and all with larger batches.
SIZES = [(64, 2, 64), (64, 2, 512), (128, 2, 64), (128, 2, 512), (128, 8, 64), (256, 8, 512)]
PRECISIONS = ("fp32", "tf32", "bf16")
WAYS = ("eager", "compiled", "graph")


def longest(split, rows: int):
    """A batch of the ``rows`` longest training rows, its targets' places found as ``batches`` finds them."""
    train = split.train
    batch = train.rows(train.lengths.argsort(descending=True)[:rows])
    batch.steps = (batch.targets > 0).flatten().nonzero()[:, 0]
    return batch.to(CUDA)


def make_step(split, dim: int, layers: int, rows: int, precision: str, way: str) -> Callable[[], None]:
    """A function that trains one step; called often, it trains on the same batch."""
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    settings = recipe_settings("sasrec", split.log.n_items, dim=dim, layers=layers, ff_width=dim)
    model = build(settings).to(CUDA).train()
    objective = NextItemObjective(cross_entropy, compiled=way == "compiled")
    objective.prepare(model, split)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True, capturable=way == "graph")
    batch = longest(split, rows)
    generators = {"negatives": torch.Generator(CUDA)}

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with autocast(CUDA, "bf16" if precision == "bf16" else "fp32"):
            value, _ = objective(model, batch, generators)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    return recorded(step) if way == "graph" else step


def recorded(step: Callable[[], None]) -> Callable[[], None]:
    """``step`` as a CUDA graph; a few plain steps on a side stream come first, as PyTorch's manual asks."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def milliseconds(step: Callable[[], None]) -> float:
    """Median over rounds of the clock's milliseconds a step."""
    for _ in range(WARM):
        step()
    found = []
    for _ in range(ROUNDS):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(STEPS):
            step()
        torch.cuda.synchronize()
        found.append((time.perf_counter() - started) / STEPS * 1e3)
    return statistics.median(found)


def busy(step: Callable[[], None]) -> tuple[float, int]:
    """Milliseconds of kernels a step, and how many kernels."""
    with profile(activities=[ProfilerActivity.CUDA]) as taken:
        for _ in range(STEPS):
            step()
        torch.cuda.synchronize()
    kernels = [event for event in taken.events() if event.device_type == torch.autograd.DeviceType.CUDA]
    return sum(event.device_time for event in kernels) / 1e3 / STEPS, round(len(kernels) / STEPS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-1m")
    parser.add_argument("--ways", default=",".join(WAYS), help="of eager, compiled, graph")
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("a GPU is needed for this")
    split = leave_one_out(load_source(asked.source)[0], max_len=200, windows=True)
    rows = read_rows(RESULTS / "gpu_steps.json")
    for (dim, layers, size), precision, way in itertools.product(SIZES, PRECISIONS, asked.ways.split(",")):
        key = (dim, layers, size, precision, way)
        if key in {
            tuple(row[name] for name in ("dim", "layers", "rows", "precision", "way")) for row in rows
        }:
            continue
        torch.cuda.reset_peak_memory_stats()
        try:
            step = make_step(split, *key)
            spent = milliseconds(step)
            kernels, count = busy(step)
        except RuntimeError as error:  # a graph that cannot be recorded is a result too
            print(*key, f"failed: {str(error).splitlines()[0]}", flush=True)
            continue
        row = {
            "model": "sasrec", "seed": 0, "dim": dim, "layers": layers, "rows": size, "length": 200,
            "precision": precision, "way": way, "milliseconds": round(spent, 3),
            "busy": round(kernels, 3), "kernels": count, "lost": round(max(0.0, 1 - kernels / spent), 3),
            "gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
            "device": f"cuda ({torch.cuda.get_device_properties(CUDA).name})", "versions": versions(),
            "command": "python benchmarks/gpu_steps.py", "commit": commit(),
        }  # fmt: skip
        print(
            dim,
            layers,
            size,
            precision,
            way,
            row["milliseconds"],
            row["busy"],
            count,
            row["lost"],
            flush=True,
        )
        rows.append(row)
        write_rows(RESULTS / "gpu_steps.json", rows)
        del step
        torch.compiler.reset()
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
