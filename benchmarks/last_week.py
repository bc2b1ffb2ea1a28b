"""What popularity of the last week knows at one moment for all: frozen, and as it goes on counting.

`python benchmarks/last_week.py [PATH]` adds the rows that are missing to seqrec_lib/results/last_week.json.
PATH is the zip or folder of MovieLens-100K; without it `ml-100k` is fetched. Nothing is trained. The split is
that of `benchmarks/protocols.py ml-100k --split global`: a tenth of the ratings is tested, the tenth before
them validates.

The way of a row says which ratings its counts may hold:

- ``all of training``: everything before the validation part, without a window;
- ``training, frozen``: the days before a request, of training alone. Where the request comes later than that,
  the window is empty, and what is left is the order of training's counts;
- ``training, its last days``: the last days of training, for all requests;
- ``until the request``: the days before a request, the ratings of other users in the test part among them.
"""

from __future__ import annotations

import argparse
from functools import partial

from small_gru import add_rows

from seqrec_lib.data import Interactions, Split, load_source, temporal_split
from seqrec_lib.evaluation import evaluate
from seqrec_lib.models.baselines import DAY, Popularity, RecentPopularity

MAX_LEN = 200
WAYS = [("all of training", None)]
WAYS += [(way, 7) for way in ("training, frozen", "training, its last days", "until the request")]
WAYS += [("until the request", days) for days in (1, 30)]


class LastDays(RecentPopularity):
    """The counts of the training log's last ``window`` seconds, at whatever time a request comes."""

    def _windows(self, batch):
        low, high = super()._windows(batch)
        end = len(self.times)
        start = int((self.times < self.times[-1] - self.window).sum())
        return low * 0 + start, high * 0 + end


def scorer(split: Split, way: str, days: int | None):
    """The baseline of one row."""
    if days is None:
        return Popularity(split.train_log)
    kind = LastDays if way == "training, its last days" else RecentPopularity
    return kind(split.log if way == "until the request" else split.train_log, window=days * DAY)


def make_row(log: Interactions, way: str, days: int | None) -> dict:
    """Ask one baseline about each rating of the test part."""
    split = temporal_split(log, max_len=MAX_LEN)
    found = evaluate(scorer(split, way, days), split.test, (10,), with_coverage=False)
    return {
        "protocol": split.protocol,
        "data": {**log.describe(), "name": "ml-100k"},
        "cases": len(split.test),
        "test": {name: round(value, 6) for name, value in found.metrics.items()},
        "intervals": {"NDCG@10": [round(end, 6) for end in found.interval("NDCG@10")]},
        "command": "python benchmarks/last_week.py",
    }


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", default="ml-100k")
    log, _ = load_source(parser.parse_args().path)
    wanted = []
    for way, days in WAYS:
        labels = {"model": "popularity" if days is None else "recent-popularity", "seed": 0}
        labels |= {"way": way, "window_days": days}
        wanted.append((labels, partial(make_row, log, way, days)))
    add_rows("last_week", wanted)


if __name__ == "__main__":
    main()
