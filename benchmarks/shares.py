"""Where the time of a training step goes, by part of the model: one profile of several batches.

The profiler tells which backward step belongs to which forward one (its sequence number), so a part is
charged for both. ``products`` is counted across the parts: time inside matrix products and fused attention.
"""

from __future__ import annotations

import time
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from seqrec_lib.attention import SelfAttention
from seqrec_lib.encoders.dropout import Dropout
from seqrec_lib.encoders.transformer import Block

PARTS = ("attention", "feed-forward", "norm", "dropout", "loss", "optimiser", "other")
PRODUCTS = (
    "aten::mm",
    "aten::addmm",
    "aten::bmm",
    "aten::baddbmm",
    "aten::_scaled_dot_product_flash_attention",
)
BACKWARD, STEP = "autograd::engine::evaluate_function", "Optimizer.step"


@contextmanager
def named(owner, method: str, part: str):
    """Inside the block, calls of ``owner.method`` are recorded under ``part``."""
    plain = getattr(owner, method)

    def recorded(*args, **kwargs):
        with record_function(f"part:{part}"):
            return plain(*args, **kwargs)

    setattr(owner, method, recorded)
    try:
        yield
    finally:
        setattr(owner, method, plain)


def shares(ours, seconds: float) -> dict:
    """Shares of the time of ``ours`` (an ``OurTraining``) by part, and of products in all.

    Returns ``{"parts": {...}, "products": ..., "seconds": ...}``; the parts add up to 1.
    """
    loss = ours.objective.loss

    def recorded_loss(*args, **kwargs):
        with record_function("part:loss"):
            return loss(*args, **kwargs)

    ours.objective.loss = recorded_loss
    started = time.perf_counter()
    try:
        with (
            named(SelfAttention, "forward", "attention"), named(Block, "_feed_forward", "feed-forward"),
            named(torch.nn.LayerNorm, "forward", "norm"), named(Dropout, "forward", "dropout"),
            profile(activities=[ProfilerActivity.CPU]) as found,
        ):  # fmt: skip
            ours.turn(seconds)
    finally:
        ours.objective.loss = loss
    return {**add_up(found.events()), "seconds": round(time.perf_counter() - started, 2)}


def add_up(events) -> dict:
    """Shares of self time by part, from the profiler's events."""
    forward: dict[int, str] = {}
    for event in events:
        if event.sequence_nr >= 0 and not _inside(event, BACKWARD):
            part = _part(event)
            if part:
                forward.setdefault(event.sequence_nr, part)
    spent, products = dict.fromkeys(PARTS, 0.0), 0.0
    for event in events:
        own = event.self_cpu_time_total
        spent[_charged(event, forward)] += own
        products += own if event.name.startswith(PRODUCTS) else 0.0
    total = sum(spent.values())
    return {
        "parts": {part: round(value / total, 4) for part, value in spent.items()},
        "products": round(products / total, 4),
    }


def _ancestors(event):
    while event is not None:
        yield event
        event = event.cpu_parent


def _inside(event, name: str) -> bool:
    return any(each.name.startswith(name) for each in _ancestors(event))


def _part(event) -> str:
    """The innermost part that ``event`` ran in; empty outside all of them."""
    for each in _ancestors(event):
        if each.name.startswith("part:"):
            return each.name.removeprefix("part:")
    return ""


def _charged(event, forward: dict[int, str]) -> str:
    part = _part(event)
    if part:
        return part
    for each in _ancestors(event):
        if each.name.startswith(BACKWARD):
            return forward.get(each.sequence_nr, "other")
        if each.name.startswith(STEP):
            return "optimiser"
    return "other"
