"""Another table of items in a trained model. Sizes: ``V`` items, ``D`` width."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..encoders.tables import CodedTable, ItemTable, RowTable, largest
from ..encoders.tables.stored import StoredTable
from ..messages import InputError, unknown
from ..models import build
from ..models.recommender import Model
from ..training.random_state import seeded

METHODS = {
    "bf16": "two bytes a number",
    "int8": "a byte a number, one scale a row",
    "int4": "half a byte a number, one scale a row",
    "codes": "k-means codes in pieces, a byte a piece",
    "sparse": "the largest numbers alone, with their places",
}
OPTIONS = {"codes": ("pieces",), "sparse": ("kept",)}


def compressed(model: Model, method: str, **options: Any) -> Model:
    """A new model: ``model`` with its tables of items made smaller; all other weights are the same numbers.

    Its settings say ``table=METHOD``, so it is saved and loaded as any model. It ranks and recommends; only
    ``codes`` could be trained on.

    Args:
        method: one of ``METHODS``. options: ``pieces`` of ``codes``, ``kept`` of ``sparse``.

    Raises:
        InputError: an unknown method or option, a model whose table cannot be replaced, one that is
            compressed already, an option outside its range.
    """
    if method not in METHODS:
        raise InputError(unknown("method", method, METHODS))
    allowed = OPTIONS.get(method, ())
    for name in options:
        if name not in allowed:
            has = f"it has {', '.join(allowed)}" if allowed else "it has none"
            raise InputError(f"unknown option of {method} {name!r}: {has}")
    known = {field.name for field in fields(model.settings)}
    if "table" not in known:
        raise InputError(
            f"{model.settings.model} keeps its items in a table of its own, which cannot be replaced: "
            "compress a model that has the setting 'table', such as sasrec or gru4rec"
        )
    was = model.settings.as_dict()["table"]
    if was != "full":
        raise InputError(f"this model's table is {was} already: compress the model that it was made from")
    changes: dict[str, Any] = {"table": method, **options}
    settings = replace(model.settings, **changes)
    with seeded(0, torch.device("cpu")):  # what is drawn is replaced at once; the caller's random state stays
        made = build(settings)
    old = model.state_dict()
    rest = {name: value for name, value in old.items() if not _of_table(name)}
    made.load_state_dict({**made.state_dict(), **rest})
    for name in ("embedding", "output"):
        table = getattr(made, name)
        if table is not None:
            assert isinstance(table, CodedTable | StoredTable)
            table.put(old[f"{name}.weight"].cpu())
    return made.eval()


def _of_table(name: str) -> bool:
    return name.partition(".")[0] in ("embedding", "output")


def with_table(model: Model, change: Any) -> Model:
    """A copy of ``model`` whose full tables hold ``change(table)`` ``(V+1, D)``: what it does to quality.

    Bytes do not change: that is what a mask of zeros costs as it is usually stored.
    """
    with seeded(0, torch.device("cpu")):
        made = build(model.settings)
    made.load_state_dict(model.state_dict())
    for name in ("embedding", "output"):
        table = getattr(made, name, None)
        if isinstance(table, nn.Embedding):
            with torch.no_grad():
                table.weight.copy_(change(table.weight))
    return made.eval()


def masked(weight: Tensor, kept: float) -> Tensor:
    """``weight`` with 0 for all but the largest share ``kept`` of its numbers: pruning by size."""
    return weight * largest(weight, kept)


def table_bytes(table: nn.Module) -> int:
    """Bytes of a table's parameters and buffers."""
    return sum(each.numel() * each.element_size() for each in [*table.parameters(), *table.buffers()])


def dynamic(model: Model) -> RowTable:
    """The table that scores in a model with ``table=int8``. Raises InputError: it has another one."""
    table = getattr(model, "output", None) or getattr(model, "embedding", None)
    if not isinstance(table, RowTable) or not isinstance(table, ItemTable):
        raise InputError("this model has no table of whole numbers: compress it with int8 first")
    return table
