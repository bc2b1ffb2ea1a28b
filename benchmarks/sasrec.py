"""SASRec on the world `video`: what its norms, depth, heads, width and length buy, and how far it comes.

`python benchmarks/sasrec.py` makes seqrec_lib/results/sasrec.json, one thread a run. Give words, such as
`norm length`, to make only those studies' rows.

Settings were chosen on validation, on the users of seed 2; these rows use the users of seed 1. In a
study one setting changes at a time and nothing else is tuned again. Shorter histories are cut into
windows, and more of them go into a batch, so that every run trains on the same targets, as many a step.
"""

from __future__ import annotations

import argparse

from rows import Wanted, make_rows

SEEDS = range(3)
USUAL = {"norm": "pre", "blocks": 2, "heads": 1, "dim": 64, "length": 50, "users": 4000}
STUDIES = {
    "norm": ("pre", "post", "query"),
    "length": (5, 10, 20, 30),
    "blocks": (1, 3),
    "dim": (16, 32, 128),
    "heads": (2, 4),
}
TRAINING = {"lr": "0.006", "epochs": "8", "dropout": "0", "precision": "fp32"}
# What fills 45 seconds of one core, instead of what a chapter can wait for.
FILLED = {"epochs": "22", "dropout": "0.1"}


def one_run(
    seed: int, budget: str, training: dict = TRAINING, more: tuple[str, ...] = (), **changes
) -> Wanted:
    """A row with the usual settings but for ``training`` and ``changes``."""
    fitted = {**TRAINING, **training}
    now = {**USUAL, **changes}
    users = "" if now["users"] == 4000 else f"users={now['users']},"
    arguments = ["fit", "--data", f"world:video:{users}seed=1", "--model", "sasrec"]
    arguments += ["--max-len", str(now["length"]), "--layers", str(now["blocks"])]
    arguments += ["--heads", str(now["heads"]), "--dim", str(now["dim"])]
    arguments += ["--set", f"ff_width={now['dim']}", "--set", f"norm={now['norm']}"]
    arguments += ["--batch-size", str(round(32 * 50 / now["length"])), "--epochs", fitted["epochs"]]
    arguments += ["--lr", fitted["lr"], "--schedule", "cosine", "--dropout", fitted["dropout"]]
    arguments += ["--patience", "0", "--precision", fitted["precision"]]
    if now["length"] < 50:
        arguments.append("--windows")
    arguments += [*more, "--seed", str(seed)]
    labels = {name: value for name, value in now.items() if name != "users"}  # the data say that
    return Wanted(tuple(arguments), {**labels, "budget": budget})


def study(name: str) -> list[Wanted]:
    """All values of one setting, seed 0 first; the usual one stands under `norm`."""
    return [one_run(seed, "8 epochs", **{name: value}) for seed in SEEDS for value in STUDIES[name]]


def budgets() -> dict[str, list[Wanted]]:
    """How far the model comes in 45 seconds, in bf16, and on five times the users with no limit."""
    limit = ("--max-seconds", "45")
    return {
        "short": [one_run(seed, "45 s", FILLED, more=limit, norm="post") for seed in SEEDS],
        # bf16 is worth its digits only where the processor has it, but what it costs can be seen anywhere.
        "bf16": [one_run(seed, "8 epochs in bf16", {"precision": "bf16"}) for seed in SEEDS],
        "long": [one_run(seed, "no limit", {"lr": "0.004"}, norm="post", users=20_000) for seed in SEEDS],
    }


def rows(wanted: list[str]) -> list[Wanted]:
    """The norms first, then seed 0 of everything else, then the other seeds."""
    found = {**{name: study(name) for name in STUDIES}, **budgets()}
    for word in wanted:
        if word not in found:
            raise SystemExit(f"unknown study {word!r}: use {', '.join(found)}")
    parts = [found[name] for name in wanted or found]
    seed = lambda row: int(row.arguments[-1])  # noqa: E731
    first = [] if wanted else parts.pop(0)
    return first + sorted((row for part in parts for row in part), key=seed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", nargs="*", help="of " + ", ".join([*STUDIES, *budgets()]))
    make_rows("sasrec", rows(parser.parse_args().studies), threads=1)
