"""Impressions on the command line: who learns clicks from what, and how they are split."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..data import Interactions, World
from ..data.click_splits import ClickSplit, split_clicks
from ..data.slates import read_impressions
from ..messages import InputError
from ..models import RECIPES

OF_NEXT_ITEMS = ("at", "windows", "loss", "negatives")
IN_SECONDS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def wants_clicks(name: str, arguments: Namespace) -> bool:
    """Whether ``fit`` learns clicks: a model of clicks does wherever there are impressions.

    Those of a world that shows slates, or of ``--impressions``. ``--objective`` says otherwise.

    Raises:
        InputError: impressions for a model that cannot use them, or clicks where there are none.
    """
    able = name in RECIPES and RECIPES[name].learns_clicks
    asked, given = arguments.objective, arguments.impressions is not None
    if (given or asked == "clicks") and not able:
        able_ones = ", ".join(each for each, recipe in RECIPES.items() if recipe.learns_clicks)
        what = "--impressions" if given else "--objective clicks"
        raise InputError(f"{what}: {name} is no model of clicks; those are {able_ones}")
    if given and asked == "next-item":
        raise InputError("--impressions belongs to clicks: leave it out, or leave out --objective next-item")
    if asked == "next-item" or not able:
        return False
    there = given or _shows(arguments.data)
    if not there and asked != "next-item" and RECIPES[name].learns_purchases:
        raise InputError(
            f"{name} learns clicks and purchases, and {arguments.data} has no impressions: give "
            "--impressions FILE with the columns click and purchase, or --objective next-item"
        )
    if asked == "clicks" and not there:
        raise InputError(f"--objective clicks: {arguments.data} has no impressions: give --impressions FILE")
    if there:
        _refuse_next_items(arguments)
    return there


def _shows(source: str) -> bool:
    """Whether the data are a world whose users are shown something."""
    if not source.startswith("world:"):
        return False
    from ..data.worlds import WORLDS

    _, name, *rest = source.split(":")
    slate = [word.partition("=")[2] for word in "".join(rest).split(",") if word.startswith("slate=")]
    return slate[-1] != "0" if slate else name in WORLDS and WORLDS[name].slate > 0


def _refuse_next_items(arguments: Namespace) -> None:
    given = [name for name in OF_NEXT_ITEMS if getattr(arguments, name, None) not in (None, False, "bce")]
    given += ["split"] if getattr(arguments, "split", "loo") != "loo" else []
    if given:
        flags = ", ".join(f"--{name}" for name in given)
        raise InputError(
            f"{flags}: belongs to next items; clicks are learned with bce and split by users. Leave it out, "
            "or give --objective next-item"
        )


def make_click_split(
    log: Interactions,
    world: World | None,
    impressions: str | None,
    options: Mapping[str, Any],
    max_len: int,
    model: str,
) -> ClickSplit:
    """The impressions of ``world`` or of a file, split by users; with purchases, if ``model`` learns them.

    Raises:
        DataError: the file cannot be used. InputError: a world and a file, or neither.
    """
    purchases = RECIPES[model].learns_purchases
    if world is not None:
        if impressions is not None:
            raise InputError("--impressions: a world has impressions of its own: leave the file out")
        return split_clicks(world, max_len=max_len, purchases=purchases)
    if impressions is None:
        raise InputError("the run learned clicks: give --impressions FILE beside --data")
    return split_clicks(log, _as_log(impressions, options), max_len, purchases)


def _as_log(path: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """The table in ``path``, its columns and times read as those of the log were."""
    table = read_impressions(path)
    names = {options[role]: role for role in ("user", "item", "time") if role in options}
    table = table.rename(columns={old: new for old, new in names.items() if new not in table})
    scale = IN_SECONDS.get(str(options.get("time_unit", "s")), 1.0)
    if scale != 1.0 and "time" in table and pd.api.types.is_numeric_dtype(table["time"]):
        table["time"] = table["time"] / scale
    table.attrs["source"] = path
    return table
