"""How long a world takes: draw its users, and ask its oracle before every event.

    python benchmarks/world_speed.py --json world_speed.json

``oracle`` walks through every position and works out all probabilities at each; ``histories`` is one
question about 10,000 histories of length 50. Every size runs in a fresh world; the fastest of
``--repeats`` is kept, since other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path

import torch

from seqrec_lib.data.worlds import WORLDS, World, simulate
from seqrec_lib.data.worlds.oracle import beliefs

HISTORIES = (10_000, 50)  # rows and events of the one large question
LIMITS = {
    100_000: {"simulate": 3.0, "oracle": 10.0, "histories": 5.0},
    1_000_000: {"simulate": 30.0},
}


def ask_everywhere(world: World, users_at_once: int = 4000) -> int:
    """Work out p(next item) before each event of each user; return how many positions there were."""
    draw, positions = world.draw, 0
    for first in range(0, len(draw.lengths), users_at_once):
        rows = slice(first, first + users_at_once)
        items, times, lengths = draw.items[rows], draw.times[rows], draw.lengths[rows]
        for step, _, belief in beliefs(world.settings, world.tables, items, times, times[:, -1], lengths):
            p = belief.next_item()
            positions += int((lengths > step).sum())
            assert p.shape == (len(items), world.n_items + 1)
    return positions


def ask_once(world: World) -> float:
    """Seconds for ``world.oracle`` on 10,000 histories of 50 events, one call."""
    draw, (count, length) = world.draw, HISTORIES
    rows = torch.arange(len(draw.items)).repeat(-(-count // len(draw.items)))[:count]
    items, times = draw.items[rows], draw.times[rows]
    start = time.perf_counter()
    p = world.oracle(items, times, torch.full((count,), length), times[:, -1] + 600.0)
    assert p.shape == (count, world.n_items + 1)
    return time.perf_counter() - start


def measure(name: str, events: int, repeats: int) -> dict:
    """Seconds for a world of at least ``events`` events."""
    settings = WORLDS[name]
    users = int(events / ((settings.min_length + settings.max_length) / 2) * 1.01) + 1
    drawing, asking = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        world = simulate(name, users=users)
        drawing.append(time.perf_counter() - start)
        if events <= 100_000:
            start = time.perf_counter()
            positions = ask_everywhere(world)
            asking.append(time.perf_counter() - start)
            assert positions == len(world.log) >= events
    figure = {
        "world": name,
        "data": world.log.describe(),
        "simulate_seconds": round(min(drawing), 2),
        "limits": LIMITS.get(events, {}),
    }
    if asking:
        long = simulate(name, users=2000, min_length=HISTORIES[1], max_length=HISTORIES[1])
        figure["oracle_seconds"] = round(min(asking), 2)
        figure["histories_seconds"] = round(min(ask_once(long) for _ in range(repeats)), 2)
    return figure


def main() -> None:
    """Run every world and size, print a line for each, write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", nargs="+", choices=list(WORLDS), default=list(WORLDS))
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    options = parser.parse_args()
    figures = []
    for name in options.worlds:
        for events in options.events:
            figure = measure(name, events, options.repeats)
            figures.append(figure)
            seconds = {key[:-8]: figure[key] for key in figure if key.endswith("_seconds")}
            print(f"{name:<8} {figure['data']['interactions']:>10,} events: {seconds}", flush=True)
    if options.json:
        shown = {
            "command": "python benchmarks/world_speed.py",
            "machine": platform.platform(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "runs": figures,
        }
        options.json.write_text(json.dumps(shown, indent=1) + "\n")
    late = [
        f"{figure['world']}, {figure['data']['interactions']:,} events: {key} took "
        f"{figure[key + '_seconds']} s, limit {limit} s"
        for figure in figures
        for key, limit in figure["limits"].items()
        if figure[f"{key}_seconds"] > limit
    ]
    if late:
        raise SystemExit("\n".join(late))


if __name__ == "__main__":
    main()
