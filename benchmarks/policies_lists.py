"""REINFORCE with and without the top-K factor, where lists of three are shown, for `policies.py`.

A log in which the logger has shown one item at a time teaches a table of scores for each place and state,
with capped weights. Only the factor differs: K = 1 or K = 3. The table is then asked for lists of three in
:class:`ListWorld`, in three ways of serving: ``top``, the three items with the highest scores; ``different``,
draws that do not repeat an item; ``draws``, independent draws, for which the factor was derived. A third way
to learn, ``softened``, is K = 1 with its scores divided by the best of TEMPERATURES: a control that spreads
the policy without the factor. All values are exact. On the log of seed 0 the best step size (and temperature)
is chosen for each way of serving.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from torch import Tensor

from seqrec_lib.data.worlds import ListWorld, play, session_world
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.policies import learn_from_log
from seqrec_lib.policies.learning import policy_of

WORLDS = {"small-feed": 5_000, "feed": 12_000}  # sessions of a log
LENGTH, CAP, STEPS, BATCH = 3, 5.0, 400, 500
STEP_SIZES = (0.01, 0.03, 0.1, 0.3)
TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
SERVED = ("top", "different", "draws")
LEARNED = {"K = 1": 1, "K = 3": LENGTH, "K = 1, softened": 1}


@cache
def lists_of(name: str) -> ListWorld:
    return ListWorld(session_world(name), LENGTH)


@cache
def limits(name: str) -> dict[str, float]:
    """Exact clicks of a session: lists of the logger, of what is clicked most, and the best lists."""
    lists = lists_of(name)
    world = lists.world
    return {
        **{f"logger, {served}": clicks(name, world.logger().log(), served) for served in SERVED},
        "myopic, top": lists.of_top(world.click),
        "one item, optimum": float(world.value(world.best())),
        "optimum": lists.optimum(),
    }


def clicks(name: str, scores: Tensor, served: str) -> float:
    """Exact clicks of a session if lists are made of ``scores`` in this way."""
    lists = lists_of(name)
    if served == "top":
        return lists.of_top(scores)
    return lists.of_draws(policy_of(scores), again=served == "draws")


@cache
def learned(name: str, k: int, lr: float, seed: int) -> tuple[Tensor, float]:
    """``(scores, seconds)``, learned from the log of this seed."""
    world = session_world(name)
    played = play(world, world.logger(), WORLDS[name], seed=100 + seed)
    started = time.process_time()
    course = learn_from_log(
        world, played, cap=CAP, steps=STEPS, lr=lr, batch=BATCH, seed=seed, look_every=STEPS, k=k
    )
    return course.scores, time.process_time() - started


def list_rows(part: str, name: str, seed: int, tuned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one log: when tuning, of every step size and temperature; else of the chosen ones."""
    found = []
    for variant, k in LEARNED.items():
        for served in SERVED:
            softened = variant.endswith("softened")
            if softened and served == "top":
                continue  # a temperature changes no order
            rows = [r for r in tuned if (r["variant"], r["served"]) == (variant, served)]
            best = max(rows, key=lambda row: row["test"]["clicks"], default=None)
            every = [(lr, t) for lr in STEP_SIZES for t in (TEMPERATURES if softened else (1.0,))]
            if part == "lists":
                if best is None:
                    raise SystemExit("run --part lists-tuning first")
                every = [(best["lr"], best["temperature"])]
            for lr, temperature in every:
                scores, seconds = learned(name, k, lr, seed)
                found.append(
                    {
                        "part": part,
                        "variant": variant,
                        "served": served,
                        "way": f"{variant}, {served}",
                        "model": "table",
                        "seed": seed,
                        "world": name,
                        "sessions": WORLDS[name],
                        "protocol": "exact-lists",
                        "lr": lr,
                        "temperature": temperature,
                        "settings": {"k": k, "length": LENGTH, "cap": CAP, "steps": STEPS, "batch": BATCH},
                        "test": {"clicks": clicks(name, scores / temperature, served)},
                        "limits": limits(name),
                        "seconds": round(seconds, 1),
                        "versions": versions(),
                        "device": "cpu",
                        "command": "python benchmarks/policies.py --part lists-tuning"
                        if part == "lists-tuning"
                        else f"python benchmarks/policies.py --part lists --seed {seed}",
                        "commit": commit(),
                    }
                )
    return found
