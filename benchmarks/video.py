"""The world `video`: the article's model, its rival without attention, and mean pooling.

`python benchmarks/video.py` makes seqrec_lib/results/video.json: three seeds each with 45 seconds of
training, and one long run of two models on five times the users.

The settings were picked on the users of seed 0, so these rows use other users of the same world
(seed 1), whose test items nobody had looked at when the settings were fixed.
"""

from rows import Wanted, make_rows

SHORT = ("fit", "--data", "world:video:seed=1", "--epochs", "20", "--max-seconds", "45")
LONG = ("fit", "--data", "world:video:users=20000,seed=1", "--epochs", "15", "--max-seconds", "300")
MODELS = ("lstm-attention", "lstm-mean", "gru4rec")

rows = [
    Wanted((*SHORT, "--model", model, "--seed", str(seed)), {"budget": "45 s"})
    for model in MODELS
    for seed in range(3)
]
rows += [
    Wanted((*LONG, "--model", model, "--seed", "0"), {"budget": "long"})
    for model in ("lstm-attention", "gru4rec")
]

if __name__ == "__main__":
    make_rows("video", rows, threads=1)
