"""A training run for the kill tests: ``python killed_run.py FOLDER [MOMENT]``.

With MOMENT the process kills itself, hard, at that many steps of work: batches trained, files
written, synced and renamed all count, so a moment can fall inside the saving of a file.
"""

import os
import signal
import sys
from pathlib import Path

import torch
from tiny_training import TinyModel, make_split

from seqrec_lib.training import fit


def count_down(moment):
    left = [moment]

    def tick():
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def ticking(function):
        def call(*args, **kwargs):
            tick()
            return function(*args, **kwargs)

        return call

    os.fsync, os.replace = ticking(os.fsync), ticking(os.replace)
    torch.optim.AdamW.step = ticking(torch.optim.AdamW.step)
    write = Path.write_bytes

    def half_then_tick(self, data):
        write(self, data[: len(data) // 2])
        tick()
        return write(self, data)

    Path.write_bytes = half_then_tick


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = TinyModel()
    if len(sys.argv) > 2:
        count_down(int(sys.argv[2]))
    print("ready", flush=True)
    fit(
        model,
        make_split(),
        loss="bce",  # draws negatives, so that every source of chance is at work
        epochs=12,
        batch_size=8,
        lr=1e-2,
        schedule="cosine",
        warmup=3,
        select="NDCG@5",
        patience=0,
        device="cpu",
        out=sys.argv[1],
        resume=True,
        progress=False,
    )
