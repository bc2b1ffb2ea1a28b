"""What it costs to read times: seconds and memory of a step of training, in longer and longer histories.

`python benchmarks/time_costs.py --part NAME` adds the rows that are missing to
seqrec_lib/results/time_costs.json, on one thread.

Part `growth`: the same 2,048 events in histories of 32 to 512, one layer, forward and backward. `as written`
is TiSASRec's attention with a vector for each pair of events, which is how its formula reads; it is tested
equal to the library's. `waiting_mb` is what autograd keeps for the backward pass at most, tensor by tensor.
Part `rows`: histories of very different lengths through one block: padded to the longest of a random batch,
padded in batches of like length, and *packed*, one after the other in rows of the longest length, where a
mask keeps histories apart. Seconds are of the processor, the quickest of five rounds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import torch
from rows import RESULTS, read_rows, write_rows
from torch import Tensor

from seqrec_lib.attention import masked_softmax
from seqrec_lib.data.batch import Batch
from seqrec_lib.encoders import Block
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.tisasrec import IntervalAttention

FILE = RESULTS / "time_costs.json"
EVENTS, LENGTHS, ITEMS, DIM, ROUNDS = 2048, (32, 64, 128, 256, 512), 200, 48, 5
SIZE = {"dim": DIM, "layers": 1, "dropout": 0.0, "max_len": max(LENGTHS)}
VARIANTS: dict[str, tuple[str, dict]] = {
    "SASRec": ("sasrec", {"positions": "end", "ff_width": DIM}),
    "SASRec, times": ("sasrec", {"positions": "end+times", "ff_width": DIM}),
    "HSTU, both": ("hstu", {"bias": "both"}),
    "TiSASRec": ("tisasrec", {"ff_width": DIM}),
    "TiSASRec, as written": ("tisasrec", {"ff_width": DIM}),
}


class AsWritten(IntervalAttention):
    """The same attention with a key and a value for each pair, ``(B, T, T, D)`` twice; one head."""

    def forward(self, states: Tensor, mask=None, need_weights=True, keys=None, bias=None, **told):
        places, near = told["places"], told["tables"][:, told["numbers"]]  # (2, B, T, T, D)
        q, k, v = self.query(states), self.key(states) + places[0], self.value(states) + places[1]
        scores = ((k[:, None] + near[0]) @ q[..., None])[..., 0] / states.shape[-1] ** 0.5  # (B, T, T)
        seen = torch.ones_like(scores[:1], dtype=torch.bool).tril()
        weights = masked_softmax(scores, seen)
        return self.mix((weights[:, :, None] @ (v[:, None] + near[1]))[:, :, 0]), None


def measured(work: Callable[[], Tensor]) -> dict:
    """``seconds`` of forward and backward, and ``waiting_mb``; ``work`` returns a loss."""
    seconds, most = [], 0
    for _ in range(ROUNDS):
        waiting: dict[int, int] = {}

        def keep(tensor: Tensor, waiting=waiting) -> Tensor:
            storage = tensor.untyped_storage()
            waiting[storage.data_ptr()] = storage.nbytes()
            return tensor

        started = time.process_time()
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = work()
        loss.backward()
        seconds.append(time.process_time() - started)
        most = max(most, sum(waiting.values()))
    return {"seconds": round(min(seconds), 5), "waiting_mb": round(most / 1e6, 2)}


def keep_row(part: str, variant: str, length: int, found: dict) -> None:
    made = {"device": "cpu", "threads": 1, "versions": versions(), "commit": commit()}
    made["command"] = f"python benchmarks/time_costs.py --part {part}"
    row = {"part": part, "variant": variant, "length": length, **found, **made}
    write_rows(FILE, [*read_rows(FILE), row])
    print(part, variant, length, found, file=sys.stderr, flush=True)


def is_there(part: str, variant: str, length: int) -> bool:
    wanted = (part, variant, length)
    return any((row["part"], row["variant"], row["length"]) == wanted for row in read_rows(FILE))


def growth() -> None:
    for length in LENGTHS:
        torch.manual_seed(1)
        rows = EVENTS // length
        items = torch.randint(1, ITEMS + 1, (rows, length + 1))
        times = 1.6e9 + (3600.0 * torch.rand(rows, length + 1).double().exp()).cumsum(1)
        full = torch.full((rows,), length)
        batch = Batch(items[:, :-1], full, times=times[:, :-1], query_time=times[:, -1])
        states = {}
        for variant, (name, changes) in VARIANTS.items():
            torch.manual_seed(0)
            model = build(recipe_settings(name, ITEMS, **SIZE, **changes)).train()
            if variant == "TiSASRec, as written":
                model.blocks[0].attention.__class__ = AsWritten
            states[variant] = model.hidden(batch).detach()

            def work(model=model, batch=batch, items=items) -> Tensor:
                hidden = model.hidden(batch).flatten(0, 1)
                return cross_entropy(hidden, items[:, 1:].flatten(), model.item_matrix())

            if not is_there("growth", variant, length):
                keep_row("growth", variant, length, measured(work))
        torch.testing.assert_close(states["TiSASRec"], states["TiSASRec, as written"], atol=1e-4, rtol=1e-4)


def packed_rows(lengths: list[int], room: int) -> list[list[int]]:
    """Which histories share a row of ``room`` steps: each goes into the first row where it fits."""
    rows: list[list[int]] = []
    for one in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        for row in rows:
            if sum(lengths[n] for n in row) + lengths[one] <= room:
                row.append(one)
                break
        else:
            rows.append([one])
    return rows


def through(block: Block, histories: list[Tensor], groups: list[list[int]], own: bool) -> list[Tensor]:
    """The states of every history. ``own``: a row each; else the histories of a group share one row."""
    found: list[Tensor] = [torch.empty(0)] * len(histories)
    batches = groups if own else [list(range(first, min(first + 8, len(groups))))
                                  for first in range(0, len(groups), 8)]  # fmt: skip
    for batch in batches:
        rows = [[n] for n in batch] if own else [groups[n] for n in batch]
        glued = [torch.cat([histories[n] for n in row]) for row in rows]
        x = torch.nn.utils.rnn.pad_sequence(glued, batch_first=True)
        mask = None
        if not own:  # a step sees its own history alone
            whose = torch.full(x.shape[:2], -1)
            for r, row in enumerate(rows):
                whose[r, : len(glued[r])] = torch.cat([torch.full((len(histories[n]),), n) for n in row])
            mask = (whose[:, :, None] == whose[:, None]).tril()
        out = block(x, mask, False)[0]
        for r, row in enumerate(rows):
            for n, part in zip(row, out[r].split([*(len(histories[n]) for n in row),
                                                  x.shape[1] - len(glued[r])]), strict=False):  # fmt: skip
                found[n] = part
    return found


def rows() -> None:
    for longest in (64, 128, 256, 512, 1024):
        torch.manual_seed(1)
        lengths = (longest * 16 ** -torch.rand(48)).long().clamp(min=1).tolist()
        histories = [torch.randn(n, DIM) for n in lengths]
        torch.manual_seed(0)
        block = Block(DIM, 1, DIM, 0.0, "pre")
        by_length = sorted(range(48), key=lambda n: lengths[n])
        eight = [list(range(first, first + 8)) for first in range(0, 48, 8)]
        ways = {
            "padded, random batches": (eight, True),
            "padded, like lengths": ([by_length[first : first + 8] for first in range(0, 48, 8)], True),
            "packed": (packed_rows(lengths, max(lengths)), False),
        }
        states = {name: through(block, histories, *way) for name, way in ways.items()}
        for way, (groups, own) in ways.items():
            for mine, theirs in zip(states[way], states["padded, random batches"], strict=True):
                torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)

            def work(groups=groups, own=own, block=block, histories=histories) -> Tensor:
                return torch.cat(through(block, histories, groups, own)).square().mean()

            if not is_there("rows", way, longest):
                keep_row("rows", way, longest, {**measured(work), "events": sum(lengths)})


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("growth", "rows"), required=True)
    {"growth": growth, "rows": rows}[parser.parse_args().part]()
