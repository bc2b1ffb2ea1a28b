"""Rows of the part ``cost`` of `benchmarks/family.py`: one pass forward and back of each form."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from seqrec_lib.attention import (
    SelfAttention,
    TargetAttention,
    bi_attention,
    causal_mask,
    session_shares,
    session_vectors,
    two_level,
)

ROWS, DIM, SLATE, SESSION = 8, 64, 20, 4
LENGTHS = (64, 128, 256, 512)


def forms(steps: int) -> dict[str, Callable[[Tensor], Tensor]]:
    """Each form from states ``(B, T, D)`` to one number."""
    lengths = torch.full((ROWS,), steps)
    slate = torch.randn(ROWS, SLATE, DIM)
    layer = SelfAttention(DIM, 2, project_values=True)
    summed = SelfAttention(DIM, 2, "additive", project_values=True)
    unit, w = TargetAttention(DIM), torch.randn(3 * DIM, requires_grad=True)
    session = (torch.arange(steps) // SESSION).expand(ROWS, -1)

    def levels(x: Tensor) -> Tensor:
        allowed = causal_mask(lengths, steps)
        shares = session_shares(x.mean(-1)[:, None].expand(-1, steps, -1), session, allowed)
        vectors = session_vectors(shares, x, session)
        return two_level(shares, x @ vectors.transpose(1, 2), x, session, allowed).output.sum()

    return {
        "self, plain": lambda x: layer(x, causal_mask(lengths, steps))[0].sum(),
        "self, fused": lambda x: layer(x, None, need_weights=False)[0].sum(),
        "additive": lambda x: summed(x, None)[0].sum(),
        "two levels": levels,
        "target, 20 candidates": lambda x: unit(slate, x, lengths)[0].sum(),
        "bi, 20 candidates": lambda x: bi_attention(x, slate, w).mixed.sum(),
    }


def kept(form: Callable[[Tensor], Tensor], states: Tensor) -> int:
    """Bytes that the pass forward keeps for the pass back, each piece of memory counted once."""
    seen: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        seen[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(note, lambda tensor: tensor):
        total = form(states)
    assert total.requires_grad  # alive until here, so that no address was used twice
    return sum(seen.values())


def cost_rows() -> Iterator[dict]:
    """One row a form and length: bytes, and processor seconds, the least of five passes."""
    for steps in LENGTHS:
        torch.manual_seed(0)
        states = torch.randn(ROWS, steps, DIM, requires_grad=True)
        for name, form in forms(steps).items():
            seconds = []
            for _ in range(5):
                started = time.process_time()
                form(states).backward()
                seconds.append(time.process_time() - started)
            yield {
                "part": "cost",
                "variant": name,
                "world": "",
                "model": name,
                "seed": 0,
                "protocol": "forward and back",
                "steps": steps,
                "settings": {"rows": ROWS, "dim": DIM, "heads": 2, "slate": SLATE, "session": SESSION},
                "test": {"seconds": min(seconds), "bytes": kept(form, states)},
            }
