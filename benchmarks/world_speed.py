"""How long a world takes: draw its users, and ask its oracle before every event.

    python benchmarks/world_speed.py --json world_speed.json

``oracle`` walks through every position and works out all probabilities at each. Every size runs
in a fresh world; the fastest of ``--repeats`` is kept, since other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path

import torch

from seqrec_lib.data.worlds import World, simulate
from seqrec_lib.data.worlds.oracle import beliefs

EVENTS_A_USER = 37.5  # lengths are uniform from 25 to 50
LIMITS = {100_000: {"simulate": 3.0, "oracle": 10.0}, 1_000_000: {"simulate": 30.0}}


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


def measure(events: int, repeats: int) -> dict:
    """Seconds for a ``video`` world of at least ``events`` events."""
    users = int(events / EVENTS_A_USER * 1.01) + 1
    drawing, asking = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        world = simulate("video", users=users)
        drawn = time.perf_counter()
        positions = ask_everywhere(world)
        drawing.append(drawn - start)
        asking.append(time.perf_counter() - drawn)
    assert positions == len(world.log) >= events
    return {
        "data": world.log.describe(),
        "simulate_seconds": round(min(drawing), 2),
        "oracle_seconds": round(min(asking), 2),
        "limits": LIMITS.get(events, {}),
    }


def main() -> None:
    """Run every size, print a line for each, write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    options = parser.parse_args()
    figures = []
    for events in options.events:
        figure = measure(events, options.repeats)
        figures.append(figure)
        print(
            f"{figure['data']['interactions']:>10,} events: drawn in {figure['simulate_seconds']:.2f} s, "
            f"oracle before all of them in {figure['oracle_seconds']:.2f} s",
            flush=True,
        )
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
        f"{name}: {figure['data']['interactions']:,} events in {figure[name + '_seconds']} s, limit {limit} s"
        for figure in figures
        for name, limit in figure["limits"].items()
        if figure[f"{name}_seconds"] > limit
    ]
    if late:
        raise SystemExit("\n".join(late))


if __name__ == "__main__":
    main()
