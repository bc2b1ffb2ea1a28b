"""How many test users are asked at a place that no training row reaches, with places from the oldest item.

`python benchmarks/unreached.py [ML-100K [ML-1M]]` makes seqrec_lib/results/unreached.json. Nothing trains:
the lengths of leave-one-out are counted. Without arguments the two MovieLens are downloaded.
"""

from __future__ import annotations

import sys

import numpy as np
from rows import RESULTS, write_rows

from seqrec_lib.data import WORLDS, leave_one_out, load_source
from seqrec_lib.experiments.provenance import commit, versions

SOURCES = [(f"world:{name}:seed=1", 50) for name in WORLDS] + [("ml-100k", 200), ("ml-1m", 200)]
OWN = dict(zip(("ml-100k", "ml-1m"), sys.argv[1:], strict=False))


def count(source: str, max_len: int) -> dict:
    """One row: the longest training row, how many rows come that far, and who is asked beyond it."""
    split = leave_one_out(load_source(OWN.get(source, source))[0], max_len=max_len)
    trained, asked = split.train.lengths.numpy(), split.test.batch.lengths.numpy()
    return {
        "source": source,
        "max_len": max_len,
        "protocol": split.protocol,
        "test_users": len(asked),
        "longest_trained": int(trained.max()),
        "rows_that_long": int((trained == trained.max()).sum()),
        "asked_beyond": int(np.sum(asked > trained.max())),
        "versions": versions(),
        "command": "python benchmarks/unreached.py",
        "commit": commit(),
    }


if __name__ == "__main__":
    rows = [count(*one) for one in SOURCES]
    write_rows(RESULTS / "unreached.json", rows)
    for row in rows:
        print(
            f"{row['source']:22} {row['asked_beyond']:5} of {row['test_users']}, "
            f"beyond place {row['longest_trained']}"
        )
