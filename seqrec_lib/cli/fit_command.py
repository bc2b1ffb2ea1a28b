"""``fit``: train on a log, choose on validation, test once."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

import torch

from ..data import Split, World, given_split
from ..data.click_splits import ClickSplit
from ..device import pick_device
from ..experiments import record, train
from ..experiments.from_recipe import sort_changes
from ..experiments.warm_start import WarmStart, settings_of_old
from ..messages import InputError, unknown
from ..models import RECIPES, find_recipe
from ..models.baselines import COUNTED
from ..training import TrainingSettings
from ..training.joining import joined, own_device
from ..training.logs import check_log
from ..training.ranks import Alone
from . import output, private_training
from .clicks import make_click_split, wants_clicks
from .data import make_split, read_log, read_parts, reading_options, split_files
from .loading import measured
from .overrides import extra, extra_counted, given

TRAINING = (
    "loss", "negatives", "epochs", "batch_size", "batch_by", "lr", "weight_decay", "beta2", "clip",
    "optimiser", "average", "patience", "evaluate_every", "schedule", "warmup", "precision", "compile",
    "seed",
)  # fmt: skip
MODEL = ("max_len", "dim", "layers", "heads", "dropout")
USUAL_MAX_LEN = 50  # of a baseline, which has no settings of its own


def run(arguments: Namespace) -> int:
    """Run the command; 130 when Ctrl-C cut training short, else 0. ``torchrun`` may have started several."""
    device = own_device(pick_device(arguments.device))
    with joined(device) as ranks:
        arguments.quiet = arguments.quiet or not ranks.first
        return _run(arguments, device, ranks)


def _run(arguments: Namespace, device: torch.device, ranks: Alone) -> int:
    name = arguments.model
    if name not in RECIPES and name not in COUNTED:
        raise InputError(unknown("model", name, [*RECIPES, *COUNTED]))
    if arguments.resume and not arguments.out:
        raise InputError("--resume needs a run folder: give --out DIR")
    private = private_training.asked_for(arguments)
    clicks = wants_clicks(name, arguments)
    changes, max_len = changes_given(arguments, clicks)  # a bad setting is found before the data are read
    output.prepare(arguments.json)
    if arguments.log:
        check_log(arguments.log)
    options = reading_options(arguments)
    split, world, how = _split(arguments, options, clicks, max_len)
    if not arguments.quiet and name in RECIPES:
        print(f"  note     {_in_short(name, changes, clicks)}", file=sys.stderr)
    objective = None
    if private:
        objective, changes = private_training.planned(arguments, split, changes)
    made = train(
        name,
        split,
        seed=arguments.seed,
        device=device,
        out=arguments.out,
        resume=arguments.resume,
        progress=not arguments.quiet,
        log=arguments.log,
        max_seconds=arguments.max_seconds,
        notes={"source": arguments.data, "reading": options, **how},
        start_from=arguments.start_from,
        ranks=ranks,
        objective=objective,
        **changes,
    )
    if not ranks.first:  # one process measures and speaks
        return 0
    begun = made.notes.get("start_from")
    if isinstance(begun, dict):
        print(f"  note     {name} {WarmStart(**begun)}", file=sys.stderr)
    code = 130 if made.history.stopped == "interrupted" else 0
    if code and made.history.best_epoch is None:
        print("stopped by Ctrl-C before the first evaluation: there is nothing to keep", file=sys.stderr)
        return code
    settings = {**made.settings, **made.history.settings}
    place = "cpu" if name in COUNTED else device.type
    content = record(split, settings, made.history, place, output.command(arguments))
    if begun is not None:
        content["start_from"] = begun
    if objective is not None:
        content["privacy"] = spent = private_training.told(objective, made.history)
        if not arguments.quiet:
            print(private_training.in_words(spent), file=sys.stderr)
    content |= measured(
        made.model,
        split,
        world,
        progress=not arguments.quiet,
        folder=arguments.out,
        floors=not arguments.no_floors,
    )
    output.show(arguments, content, name)
    if not arguments.out and not arguments.quiet:
        print(
            "the model is not kept: give --out DIR to evaluate or to recommend with it later", file=sys.stderr
        )
    return code


def _split(
    arguments: Namespace, options: dict[str, Any], clicks: bool, max_len: int
) -> tuple[Split | ClickSplit, World | None, dict[str, Any]]:
    """``(split, world, how it was made)``; the story of the log is told as soon as it is read."""
    files = split_files(arguments)
    if files is not None:
        if clicks:
            raise InputError("--validation and --test belong to next items: clicks are split by users")
        parts = read_parts(arguments, files, lambda source: read_log(source, {**options, "k_core": 0})[0])
        given = given_split(*parts, max_len, arguments.windows)
        if not arguments.quiet:
            print(given.report, file=sys.stderr)
        return given, None, {"split": "given", "windows": arguments.windows}
    log, world = read_log(arguments.data, options)
    if not arguments.quiet:
        print(log.report, file=sys.stderr)
    how = {"split": arguments.split, "at": arguments.at, "windows": arguments.windows}
    split: Split | ClickSplit
    if clicks:
        how = {"objective": "clicks"}
        split = make_click_split(log, world, arguments.impressions, options, max_len, arguments.model)
    else:
        split = make_split(log, how, max_len)
    if not arguments.quiet:
        for note in split.report.notes[len(log.report.notes) :]:
            print(f"  note     {note}", file=sys.stderr)
    return split, world, how


def _in_short(name: str, changes: dict[str, Any], clicks: bool) -> str:
    """The settings that matter most, whether they were given or are the recipe's own."""
    recipe = find_recipe(name)
    _, training = recipe.defaults(clicks)
    of_model, of_training = sort_changes(name, changes, clicks)
    model = recipe.with_settings(name, 1, clicks, **of_model)
    how = TrainingSettings(**{**training, **of_training})
    learns = ""
    if recipe.learns_clicks:
        learns = " learns clicks," if clicks else " learns the next item (no impressions are used),"
    epochs = "1 epoch" if how.epochs == 1 else f"{how.epochs} epochs"
    return (
        f"{name}{learns} is {model.dim} wide, reads {model.max_len} items at most and trains with {how.loss} "
        f"for at most {epochs} (lr {how.lr:g}, batches of {how.batch_size}); "
        f"{how.select} on validation chooses one"
    )


def changes_given(arguments: Namespace, clicks: bool) -> tuple[dict[str, Any], int]:
    """The settings that were given, and the longest history that the split is to have."""
    name = arguments.model
    if name in COUNTED:
        names = [each for each in (*MODEL, *TRAINING) if each not in ("max_len", "seed")]
        if asked := [f"--{each.replace('_', '-')}" for each in given(arguments, names)]:
            raise InputError(f"{name} is counted and not trained: it has no {', '.join(asked)}")
        return extra_counted(arguments.set, name), given(arguments, ["max_len"]).get("max_len", USUAL_MAX_LEN)
    flags = given(arguments, MODEL)
    family = find_recipe(name).family
    of_model = {**flags, **extra(arguments.set, name, family, flags)}
    training = {key: value for key, value in given(arguments, TRAINING).items() if key != "seed"}
    start_from = getattr(arguments, "start_from", None)  # `search` has no such flag
    if start_from is not None:
        of_model = {**settings_of_old(start_from, name, clicks), **of_model}
    sort_changes(name, {**of_model, **training}, clicks)
    max_len = find_recipe(name).with_settings(name, 1, clicks, **of_model).max_len
    return {**of_model, **training}, max_len
