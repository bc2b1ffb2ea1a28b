"""What each fault of the familiar listing costs: train the mended one with one fault put back.

    python benchmarks/listing_costs.py --out seqrec_lib/results/listing_costs.json

On ``world:video``, three seeds, one target a history and epoch. Every run has the same data, the same
epochs and the same settings. The last epoch counts; nothing is chosen on validation or test.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
from pathlib import Path

import numpy as np
import torch

from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.evaluation import evaluate
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.teaching.exercises.listing.model import TRAINABLE
from seqrec_lib.teaching.exercises.listing.trainer import train

KS = (1, 10)
FAULTS = ["none", *TRAINABLE]


def measured(model, cases) -> dict[str, float]:
    """HR, NDCG and MRR on ``cases``; HR@1 is the listing's accuracy."""
    return {
        name: round(value, 6)
        for name, value in evaluate(model, cases, KS, with_coverage=False).metrics.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--faults", nargs="*", default=FAULTS)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    world = simulate("video", users=args.users)
    split = leave_one_out(world)
    floors = {
        "popularity": measured(Popularity(split.train_log), split.test),
        "markov": measured(Markov(split.train_log), split.test),
    }
    ceiling = measured(OracleModel(world), split.test)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    command = f"python benchmarks/listing_costs.py --users {args.users} --epochs {args.epochs} "
    command += f"--seeds {args.seeds} --out {args.out}"
    if args.faults != FAULTS:
        command += f" --faults {' '.join(args.faults)}"
    rows = []
    for fault in args.faults:
        for seed in range(args.seeds):
            model, history = train(split, None if fault == "none" else fault, args.epochs, seed)
            last = history[-1]
            rows.append(
                {
                    "model": "listing",
                    "fault": fault,
                    "protocol": split.protocol,
                    "data": split.log.describe(),
                    "settings": {
                        "dim": 64,
                        "max_len": split.max_len,
                        "epochs": args.epochs,
                        "batch_size": 64,
                        "lr": 2e-3,
                    },
                    "device": "cpu",
                    "seed": seed,
                    "versions": {
                        "python": platform.python_version(),
                        "torch": torch.__version__,
                        "numpy": np.__version__,
                    },
                    "epochs": [last],
                    "seconds": round(sum(row["seconds"] for row in history), 1),
                    "validation": measured(model, split.validation),
                    "test": measured(model, split.test),
                    "floors": floors,
                    "ceiling": ceiling,
                    "command": command,
                    "commit": commit,
                }
            )
            if fault == "padding-as-data":  # the same model, asked with histories that are not filled up
                model.max_len = 0
                one_by_one = evaluate(model, split.test, KS, batch_size=1, with_coverage=False).metrics
                rows[-1]["test_unpadded"] = {name: round(value, 6) for name, value in one_by_one.items()}
            test = rows[-1]["test"]["NDCG@10"]
            print(f"{fault:<18} seed {seed}  loss {last['loss']:.4f}  test NDCG@10 {test:.4f}", flush=True)
            args.out.write_text(json.dumps({"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
