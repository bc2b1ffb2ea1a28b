"""``fit``: train on a log, choose on validation, test once."""

from __future__ import annotations

import sys

from ..device import pick_device
from ..evaluation.ranking import evaluate
from ..experiments.measure import ceiling_above, cuts, measure_ceiling, measure_floors
from ..messages import unknown
from ..models import RECIPES, build, recipe_settings, settings_to_dict
from ..models.baselines import BASELINES
from ..training import RunFolder, fit
from ..training.fingerprint import describe_data
from ..training.random_state import seeded
from ..training.settings import TrainingSettings, find_loss
from . import output
from .data import make_split, read_log, reading_options
from .overrides import extra, given

TRAINING = (
    "loss", "negatives", "epochs", "batch_size", "batch_by", "lr", "weight_decay", "beta2", "clip",
    "patience", "evaluate_every", "schedule", "warmup", "precision", "compile", "seed",
)  # fmt: skip
MODEL = ("max_len", "dim", "layers", "heads", "dropout")


def run(arguments) -> int:
    """Run the command; 130 when Ctrl-C cut training short, else 0."""
    name = arguments.model
    if name not in RECIPES and name not in BASELINES:
        raise ValueError(unknown("model", name, [*RECIPES, *BASELINES]))
    device = pick_device(arguments.device)
    training = {**_defaults(name), **given(arguments, TRAINING)}
    find_loss(training.get("loss", "ce"))
    TrainingSettings(**training)  # a bad setting is found before the data are read
    output.prepare(arguments.json)
    options = reading_options(arguments)
    log, world = read_log(arguments.data, options)
    if not arguments.quiet:
        print(log.report, file=sys.stderr)
    how = {"split": arguments.split, "at": arguments.at, "windows": arguments.windows}
    notes = {"source": arguments.data, "reading": options, **how}
    if name in BASELINES:
        return _baseline(arguments, log, world, how, notes)

    flags = given(arguments, MODEL)
    settings = recipe_settings(name, log.n_items, **flags, **extra(arguments.set, flags))
    split = make_split(log, how, settings.max_len)
    with seeded(arguments.seed, device):
        model = build(settings)
    history = fit(
        model,
        split,
        device=device,
        out=arguments.out,
        resume=arguments.resume,
        progress=not arguments.quiet,
        tensorboard=arguments.tensorboard,
        max_seconds=arguments.max_seconds,
        notes=notes,
        **training,
    )
    code = 130 if history.stopped == "interrupted" else 0
    if code and history.best_epoch is None:
        print("stopped by Ctrl-C before the first evaluation: there is nothing to keep", file=sys.stderr)
        return code
    shown = {**settings_to_dict(settings), **history.settings}
    content = output.result(arguments, split, shown, history.as_dict(), device.type)
    _measure(arguments, content, model, split, world)
    return code


def _baseline(arguments, log, world, how: dict, notes: dict) -> int:
    """A baseline is counted, not trained; its run folder holds no weights, since the data give them."""
    settings = {
        "model": arguments.model,
        "n_items": log.n_items,
        "max_len": 50,
        **given(arguments, ["max_len"]),
    }
    split = make_split(log, how, settings["max_len"])
    model = BASELINES[arguments.model](split.train_log)
    if arguments.out:
        folder = RunFolder(arguments.out)
        description = {"model": settings, "training": {}, "data": describe_data(split), "notes": notes}
        folder.begin(description, log)
        folder.save_history({"epochs": [], "stopped": "epochs", "device": "cpu"})
    content = output.result(arguments, split, settings, {}, "cpu")
    _measure(arguments, content, model, split, world)
    return 0


def _measure(arguments, content: dict, model, split, world) -> None:
    ks = cuts(split.log.n_items)
    content["validation"] = evaluate(model, split.validation, ks).metrics
    found = evaluate(model, split.test, ks, progress=not arguments.quiet)
    content["test"], content["test_intervals"] = found.metrics, output.intervals(found)
    content["floors"] = measure_floors(split, ks)
    if world is not None and split.protocol.startswith("loo"):
        content["ceiling"], oracle = measure_ceiling(world, split, ks)
        content["ceiling_above_model"] = ceiling_above(oracle, found)
    output.show(arguments, content, arguments.model)


def _defaults(name: str) -> dict:
    return dict(RECIPES[name].training) if name in RECIPES else {}
