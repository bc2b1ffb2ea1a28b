"""Does another checkout train the same models? For a rebuild that must change no figure.

    python benchmarks/same_figures.py OTHER_CHECKOUT [--data world:video:users=500] [--seed 0] [MODEL ...]

Each model is fitted by the code of both checkouts, one thread each, and everything that is no time is
compared to the last bit: losses, validation, test, floors, ceiling. It exits with 1 where one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from seqrec_lib.models import RECIPES
from seqrec_lib.models.baselines import BASELINES

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("validation", "test", "floors", "ceiling")


def fitted(checkout: Path, model: str, data: str, seed: str, folder: Path) -> dict:
    """The figures of ``fit`` by the code of ``checkout``."""
    out = folder / "figures.json"
    words = ["fit", "--data", data, "--model", model, "--seed", seed, "--json", str(out), "--quiet"]
    variables = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "seqrec_lib", *words, "--device", "cpu"]
    subprocess.run(command, env=variables, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text(encoding="utf-8"))


def differences(one: dict, two: dict) -> list[str]:
    """What differs between two results, by name; seconds are left out."""
    found = [part for part in PARTS if one.get(part) != two.get(part)]
    losses = [[epoch["loss"] for epoch in each["epochs"]] for each in (one, two)]
    return found + (["losses"] if losses[0] != losses[1] else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("models", nargs="*", default=[*RECIPES, *BASELINES])
    parser.add_argument("--data", default="world:video:users=500")
    parser.add_argument("--seed", default="0")
    asked = parser.parse_args()
    changed = 0
    with tempfile.TemporaryDirectory() as folder:
        for model in asked.models:
            checkouts = (asked.other.resolve(), ROOT)
            one, two = (fitted(each, model, asked.data, asked.seed, Path(folder)) for each in checkouts)
            wrong = differences(one, two)
            changed += bool(wrong)
            print(f"{model}: {', '.join(wrong) + ' differ' if wrong else 'the same to the last bit'}")
    return int(changed > 0)


if __name__ == "__main__":
    sys.exit(main())
