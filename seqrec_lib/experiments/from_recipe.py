"""``train``: a named model on a split, with its recipe's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..data.interactions import Interactions
from ..data.splits import Split
from ..device import pick_device
from ..losses.objectives import Objective
from ..messages import InputError, unknown
from ..models import build, find_recipe
from ..models.baselines import COUNTED, counted, counted_settings
from ..models.recipe import OF_DATA
from ..models.recommender import ReadsItems, Recommender
from ..training import History, RunFolder, TrainingSettings, fit
from ..training.fingerprint import describe_data
from ..training.logs import NoLog
from ..training.progress import Silent
from ..training.random_state import seeded
from ..training.run_folder import item_counts, plain_ids
from .run import Run

if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit  # read where impressions are used, and nowhere else
    from ..training.ranks import Alone


def train(
    name: str,
    split: Split | ClickSplit,
    *,
    seed: int = 0,
    device: str | torch.device = "auto",
    out: Path | str | None = None,
    resume: bool = False,
    progress: bool = True,
    log: str | NoLog | None = None,
    max_seconds: float | None = None,
    notes: dict[str, object] | None = None,
    start_from: Path | str | None = None,
    ranks: Alone | None = None,
    objective: Objective | None = None,
    **changes: Any,
) -> Run:
    """Train the model called ``name`` with its recipe's own settings, as the command line does.

    The split decides what is learned: next items; or, where it holds impressions (``split_clicks``), clicks,
    which takes a model of clicks, with its recipe's settings for them.

    Args:
        name: of a recipe, or of a counted model, which is not trained.
        seed: of the weights and of training; it never touches the data.
        changes: settings of the model or of its training, by name. ``max_len`` is the split's unless given.
        start_from: the folder of an older run of the same model, on a log with some of the same items. Its
            weights and its model's settings are taken over; a new item begins with a fresh vector. The
            optimiser begins anew.
        objective: what a batch is trained on; None: the model's usual one, see ``fit``.
        device, out, resume, progress, log, max_seconds, notes, ranks: as in ``fit``.

    Raises:
        InputError: an unknown model or setting, a value outside its range, and all that ``fit`` raises.
    """
    if not hasattr(split, "clicks"):
        raise InputError(
            f"train needs a split and got a {type(split).__name__}: "
            "leave_one_out(read_interactions('log.csv')) makes one of a file"
        )
    if name in COUNTED:
        if ranks is not None and ranks.size > 1:
            raise InputError(f"{name} is counted in one pass by one process: start it without torchrun")
        if start_from is not None:
            raise InputError(f"{name} is counted anew each time: it cannot start from an older run")
        if not isinstance(split, Split):
            raise InputError(
                f"{name} ranks next items and is no model of clicks: train it on a split of next items"
            )
        return _count(name, split, out, notes or {}, changes)
    if start_from is not None:
        from .warm_start import settings_of_old  # few runs start so

        changes = {**settings_of_old(start_from, name, split.clicks), **changes}
    of_model, of_training = sort_changes(name, changes, split.clicks)
    usual, training = find_recipe(name).defaults(split.clicks)
    if resume and out is not None:
        of_model = {**_as_begun(name, RunFolder(out), usual), **of_model}
    recipe, events = find_recipe(name), split.log
    sizes: dict[str, Any] = {"max_len": split.max_len}
    if recipe.knows_users:
        sizes["n_users"] = events.n_users
    if recipe.reads_items:
        from ..data.item_parts import part_shapes  # few recipes read what is known of items

        words = {**usual, **of_model}.get("words")
        sizes["features"] = part_shapes(events, *([] if words is None else [words]))
    settings = recipe.with_settings(name, events.n_items, split.clicks, **{**sizes, **of_model})
    if settings.max_len < split.max_len:
        raise InputError(
            f"max_len is {settings.max_len}, but the split has histories of {split.max_len} items: "
            f"split the log with max_len={settings.max_len}"
        )
    device = pick_device(device) if isinstance(device, str) else device
    if ranks is not None and ranks.size > 1:
        from ..training.joining import own_device  # few programs start several processes

        device = own_device(device)
    with seeded(seed, device):
        model = build(settings)
    if start_from is not None and not (resume and out is not None and RunFolder(out).can_resume):
        from .warm_start import take_over

        begun = take_over(model, settings, plain_ids(split.log.item_ids), start_from)
        notes = {**(notes or {}), "start_from": vars(begun)}
    if isinstance(model, ReadsItems):
        model.read_items(events, split.train_log)
    history = fit(
        model,
        split,
        device=device,
        out=out,
        resume=resume,
        progress=progress,
        log=log,
        max_seconds=max_seconds,
        notes=notes,
        ranks=ranks,
        objective=objective,
        **{**training, **of_training, "seed": seed},
    )
    return _run(name, model, settings.as_dict(), history, split, notes or {})


def sort_changes(
    name: str, changes: Mapping[str, Any], clicks: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """``changes`` as settings of the model called ``name`` and settings of training.

    Args:
        clicks: whether clicks are learned.

    Raises:
        InputError: a name that is neither, or a value that no data could make right.
    """
    recipe = find_recipe(name)
    if clicks and not recipe.learns_clicks:
        raise InputError(f"{name} is no model of clicks: train it on a split of next items")
    if clicks and "negatives" in changes:
        raise InputError("negatives changes nothing where clicks are learned: every shown item has its label")
    training = {field.name for field in fields(TrainingSettings)}
    model = {field.name for field in fields(recipe.family)} - set(OF_DATA)
    for each in changes:
        if each not in training | model:
            raise InputError(unknown(f"setting of {name}", each, sorted(model | training)))
    of_model = {key: value for key, value in changes.items() if key in model}
    of_training = {key: value for key, value in changes.items() if key in training}
    _, training_usual = recipe.defaults(clicks)
    recipe.with_settings(name, 1, clicks, **of_model)  # a bad value is found before the data are read
    TrainingSettings(**{**training_usual, **of_training})
    return of_model, of_training


def _as_begun(name: str, folder: RunFolder, usual: Mapping[str, Any]) -> dict[str, Any]:
    """What the run in ``folder`` has where its recipe names a value: a run that began does not change.

    A setting that the folder does not name came later; the family's default is what it meant before.
    """
    recipe = find_recipe(name)
    if not folder.can_resume or (saved := folder.described()["model"]).get("model") != name:
        return {}
    defaults = {field.name: field.default for field in fields(recipe.family)}
    begun = {key: saved.get(key, defaults[key]) for key in usual}
    return {key: value for key, value in begun.items() if value != usual[key]}


def _count(
    name: str, split: Split, out: Path | str | None, notes: dict[str, object], changes: Mapping[str, object]
) -> Run:
    """A counted model is not trained; what it counted stands in its run folder in place of weights."""
    own = {key: value for key, value in changes.items() if key != "max_len"}
    usual = counted_settings(name)
    if unfit := sorted(set(own) - set(usual)):
        raise InputError(f"{name} is counted and not trained: it has no setting {unfit[0]}")
    settings = {
        "model": name, "n_items": split.log.n_items, "max_len": split.max_len, **usual, **own
    }  # fmt: skip
    history = History(stopped="epochs", device="cpu")
    model = COUNTED[name](split.train_log, **own)
    if out is not None:
        folder = RunFolder(out)
        if folder.holds_a_run:
            Silent().warn(f"{out}: the run that was there is replaced")
        description = {"model": settings, "training": {}, "data": describe_data(split), "notes": notes}
        folder.begin(description, split.log, split.train_log)
        folder.save_weights(counted(model))
        folder.save_history(history.as_dict())
    return _run(name, model, settings, history, split, notes)


def _run(
    name: str,
    model: Recommender,
    settings: dict[str, object],
    history: History,
    split: Split | ClickSplit,
    notes: dict[str, object],
) -> Run:
    log: Interactions = split.log
    titles = None if log.titles is None else [str(title) for title in log.titles]
    ids = plain_ids(log.item_ids)
    repeats, counts = bool(log.repeats), item_counts(split.train_log)
    return Run(
        name, model, settings, history, ids, titles, split.max_len, repeats, split.protocol, notes, counts
    )
