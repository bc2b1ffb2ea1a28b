"""MovieLens-100K with the defaults of the command line, three seeds; SASRec once for each kind of positions.

`python benchmarks/ml100k.py [SOURCE]` makes seqrec_lib/results/ml100k.json. SOURCE is `ml-100k`, which
downloads the data, or a zip or folder of your own.
"""

import sys

from rows import Wanted, make_rows

source = sys.argv[1] if len(sys.argv) > 1 else "ml-100k"
rows = [
    Wanted(("fit", "--data", source, "--model", model, "--seed", str(seed)))
    for model in ("lstm-attention", "gru4rec")
    for seed in range(3)
]
rows += [
    Wanted(
        (
            "fit",
            "--data",
            source,
            "--model",
            "sasrec",
            "--set",
            f"positions={positions}",
            "--seed",
            str(seed),
        ),
        {"positions": positions},
    )
    for positions in ("start", "end", "distance")
    for seed in range(3)
]

if __name__ == "__main__":
    make_rows("ml100k", rows, hide={source: "ml-100k"}, threads=1)
