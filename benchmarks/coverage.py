"""How often an interval for the difference of two models holds the truth, by simulation.

`python benchmarks/coverage.py` makes seqrec_lib/results/coverage.json on one thread, in about two minutes.
Two models that are equally good are measured in several runs each on the same 300 users. A user's value in a
run is a sum of normal numbers: how easy the user is (for both models), what the user adds for this model in
all its runs, what the run adds for all users, and what the user adds in this run alone. `noise` gives the
standard deviations of the last three. Two ways to make a 95% interval: `parts` is
`seqrec_lib.evaluation.decisions.compare_runs`; `bootstrap` draws users and runs anew, 200 times, with the
runs' share widened by the root of J / (J - 1).

A row keeps the share of trials whose interval holds 0, and the mean width beside the width that 95% of the
differences need.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from rows import RESULTS, write_rows

from seqrec_lib.evaluation import Evaluation
from seqrec_lib.evaluation.decisions import compare_runs
from seqrec_lib.experiments.provenance import commit, versions

USERS, EASE, TRIALS, SAMPLES = 300, 0.3, 1000, 200
NOISE = {
    "runs add nothing, users much in single runs": (0.0, 0.0, 0.3),
    "runs add nothing, users in all runs and in single ones": (0.2, 0.0, 0.2),
    "runs add as much as users": (0.2, 0.02, 0.2),
    "runs add most": (0.2, 0.1, 0.2),
}
RUNS = (2, 3, 5)
WAYS = ("parts", "bootstrap")


def evaluation(values: np.ndarray) -> Evaluation:
    """One run as an evaluation: ``values`` ``(U,)`` under the name ``m``."""
    users = np.arange(len(values))
    return Evaluation({"m": float(values.mean())}, {"m": values}, users, users, users, users, "simulated", 1)


def by_parts(a: np.ndarray, b: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """The interval of ``compare_runs`` for values ``(J, U)``."""
    found = compare_runs([evaluation(v) for v in a], [evaluation(v) for v in b], "m").difference
    return found.low, found.high


def by_bootstrap(a: np.ndarray, b: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """Users drawn anew, the same for all runs, and runs drawn anew for each model."""
    users = generator.integers(USERS, size=(SAMPLES, USERS))  # (S, U)

    def drawn(values: np.ndarray) -> np.ndarray:
        runs = len(values)
        means = values[:, users].mean(2)  # (J, S)
        centre = means.mean(0)  # (S,)
        chosen = np.take_along_axis(means, generator.integers(runs, size=(runs, SAMPLES)), axis=0)
        return centre + math.sqrt(runs / (runs - 1)) * (chosen.mean(0) - centre)

    low, high = np.quantile(drawn(a) - drawn(b), [0.025, 0.975])
    return float(low), float(high)


def make_rows(noise: str, runs: int) -> list[dict]:
    """One row for each way, on the same trials."""
    of_user, of_run, alone = NOISE[noise]
    generator = np.random.default_rng(runs)
    held, width, differences = dict.fromkeys(WAYS, 0), dict.fromkeys(WAYS, 0.0), []
    for _ in range(TRIALS):
        ease = generator.normal(0, EASE, USERS)
        a, b = (
            ease
            + generator.normal(0, of_user, USERS)
            + generator.normal(0, of_run, (runs, 1))
            + generator.normal(0, alone, (runs, USERS))
            for _ in range(2)
        )
        differences.append(a.mean() - b.mean())
        for way, interval in (("parts", by_parts), ("bootstrap", by_bootstrap)):
            low, high = interval(a, b, generator)
            held[way] += low <= 0 <= high
            width[way] += high - low
    needed = 2 * 1.96 * float(np.std(differences))
    shared = {"noise": noise, "deviations": [of_user, of_run, alone], "runs": runs, "users": USERS}
    made = {"trials": TRIALS, "versions": versions(), "command": "python benchmarks/coverage.py"}
    return [
        {
            "way": way,
            **shared,
            "covered": held[way] / TRIALS,
            "width": width[way] / TRIALS / needed,
            **made,
            "commit": commit(),
        }
        for way in WAYS
    ]


if __name__ == "__main__":
    rows = []
    for noise in NOISE:
        for runs in RUNS:
            print(noise, runs, file=sys.stderr, flush=True)
            rows += make_rows(noise, runs)
            write_rows(RESULTS / "coverage.json", rows)
