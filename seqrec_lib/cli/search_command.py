"""``search``: try many settings of a model, choose by validation, train the best once more and test it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ..data import Split
from ..data.click_splits import ClickSplit
from ..device import pick_device
from ..experiments import record, train
from ..experiments.search import Search, search
from ..experiments.search_space import check_space, read_space, usual_space
from ..experiments.study import optuna
from ..messages import InputError, unknown
from ..models import RECIPES
from ..models.baselines import COUNTED
from ..training.settings import LESS_IS_BETTER
from . import output
from .clicks import make_click_split, wants_clicks
from .data import make_split, read_log, reading_options
from .fit_command import changes_given
from .loading import measured
from .text import table

SHOWN = 5  # of the best trials


def run(arguments: Namespace) -> int:
    """Run the command; 130 when Ctrl-C ended the search, else 0."""
    name = arguments.model
    if name in COUNTED:
        raise InputError(f"{name} is counted and not trained: there is nothing to search")
    if name not in RECIPES:
        raise InputError(unknown("model", name, RECIPES))
    device = pick_device(arguments.device)
    optuna()  # before the data are read
    clicks = wants_clicks(name, arguments)
    fixed, max_len = changes_given(arguments, clicks)
    fixed = {key: value for key, value in fixed.items() if key != "max_len"}
    given = read_space(arguments.space, name, clicks)
    space = given or {key: v for key, v in usual_space(name, clicks).items() if key not in fixed}
    check_space(space, name, fixed, clicks)
    output.prepare(arguments.json)
    options = reading_options(arguments)
    log, world = read_log(arguments.data, options)

    def say(text: str) -> None:
        if not arguments.quiet:
            print(text, file=sys.stderr, flush=True)

    say(str(log.report))
    split: Split | ClickSplit
    if clicks:
        split = make_click_split(log, world, arguments.impressions, options, max_len, name)
    else:
        how = {"split": arguments.split, "at": arguments.at, "windows": arguments.windows}
        split = make_split(log, how, max_len)
    say("\n".join(f"  space    {key}={values}" for key, values in space.items()))
    found = search(
        name,
        split,
        trials=arguments.trials,
        space=space,
        sampler=arguments.sampler,
        pruner=arguments.pruner,
        seeds=arguments.seeds,
        seed=arguments.seed,
        device=device,
        out=arguments.out,
        max_seconds=arguments.max_seconds,
        say=say,
        **fixed,
    )
    if found.stopped == "interrupted":
        kept = (
            f": the same command goes on with {arguments.out}" if arguments.out else ", and nothing is kept"
        )
        print(f"stopped by Ctrl-C after {len(found.rows)} trials{kept}", file=sys.stderr)
        return 130
    made = train(name, split, device=device, progress=False, **found.settings)
    content = record(
        split,
        {**made.settings, **made.history.settings},
        made.history,
        device.type,
        output.command(arguments),
    )
    content |= measured(made.model, split, world, progress=not arguments.quiet)
    content["search"] = _as_plain(found, arguments, space)
    if arguments.json != "-":
        _show(found)
    output.show(arguments, content, name)
    return 0


def _as_plain(found: Search, arguments: Namespace, space: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "trials": found.rows,
        "best": found.best["trial"],
        "space": {key: str(values) for key, values in space.items()},
        "select": found.select,
        "sampler": arguments.sampler,
        "pruner": arguments.pruner,
        "seeds": arguments.seeds,
        "seed": arguments.seed,
        "stopped": found.stopped,
    }


def _show(found: Search) -> None:
    """The best trials, and how many there were of each kind."""
    whole = [row for row in found.rows if row["state"] == "complete"]
    less = found.select in LESS_IS_BETTER
    best = sorted(whole, key=lambda row: row["value"] if less else -row["value"])[:SHOWN]
    names = list(best[0]["settings"])
    rows = [
        [row["trial"], f"{row['value']:.4f}", *(_short(row["settings"][n]) for n in names), row["epochs"]]
        for row in best
    ]
    counts = {
        state: sum(row["state"] == state for row in found.rows) for state in ("complete", "pruned", "failed")
    }
    print("\n" + ", ".join(f"{count} {state}" for state, count in counts.items() if count))
    print(table(["trial", found.select, *names, "epochs"], rows))
    print(
        f"\nThe best of {len(whole)} trials tends to look better on validation than it is. The test below is "
        "of that one,\ntrained again with the training seed 0."
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
