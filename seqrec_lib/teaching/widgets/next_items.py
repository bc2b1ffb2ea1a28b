"""The model in the page: a trained ``lstm-attention`` that answers in the reader's browser, without a kernel.

The forward pass is written by hand in JavaScript (``book/assets/views/lstm_attention.js``). A general
runtime for neural networks weighs 14 MB and needs a web server; this model is a few matrix products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...data.batch import Batch
from ...evaluation.asking import asked
from ...messages import message
from ...models import SeqRec
from .packing import pack_floats, unpack_floats
from .view import View

# What the JavaScript knows how to compute. Everything else is refused rather than computed wrongly.
KNOWN = {
    "encoder": "lstm",
    "layers": 1,
    "attention": "scaled",
    "project_values": False,
    "head": "mlp",
    "tied": True,
    "scale_items": False,
}
WEIGHTS = (
    "embedding.weight",
    "encoder.cell.weight_ih_l0",
    "encoder.cell.weight_hh_l0",
    "encoder.cell.bias_ih_l0",
    "encoder.cell.bias_hh_l0",
    "attention.query.weight",
    "attention.query.bias",
    "attention.key.weight",
    "attention.key.bias",
    "attention.distance",
    "head.inner.weight",
    "head.inner.bias",
    "head.outer.weight",
    "head.outer.bias",
)


def pack_model(model: SeqRec) -> tuple[dict[str, int], list[dict[str, Any]], str]:
    """Settings, layout and weights of a model, for the page.

    Returns:
        ``(settings, layout, text)``: plain values; ``[{"name", "shape"}]`` in packing order; base64 of
        32-bit floats, so that the page computes with the very numbers that were trained.

    Raises:
        ValueError: a model that the page cannot compute (the first setting that differs is named).
    """
    s = model.settings
    for name, value in KNOWN.items():
        found = getattr(s, name, "none")  # a model of another family may not have the setting
        if found != value:
            raise ValueError(f"the page computes {name} {value!r} alone; this model has {found!r}")
    state = model.state_dict()
    names = [name for name in WEIGHTS if name in state]
    unknown = set(state) - set(names)
    if unknown:
        raise ValueError(f"the page does not know these weights: {', '.join(sorted(unknown))}")
    layout = [{"name": name, "shape": list(state[name].shape)} for name in names]
    settings = {"items": s.n_items, "dim": s.dim, "heads": s.heads, "max_len": s.max_len}
    text = pack_floats(torch.cat([state[name].detach().cpu().flatten() for name in names]))
    return settings, layout, text


def unpack_weights(layout: Sequence[Mapping[str, Any]], text: str) -> dict[str, torch.Tensor]:
    """The state dict behind :func:`pack_model`'s layout and text."""
    shapes = [tuple(part["shape"]) for part in layout]
    sizes = [torch.Size(shape).numel() for shape in shapes]
    parts = unpack_floats(text).split(sizes)
    return {
        str(part["name"]): flat.view(shape).clone()
        for part, shape, flat in zip(layout, shapes, parts, strict=True)
    }


def first_answer(model: SeqRec, history: Sequence[int], repeats: bool, top: int = 10) -> dict[str, Any]:
    """What ``model`` answers to ``history``, as ``ranking.js`` has it: the page shows it before any click.

    Returns:
        ``history``; ``list``, the ``top`` items with score, share and place; ``weights``, one a step, the
        mean of the heads; ``removal``, by how much the first item's share changes without that step (None
        where nothing would be left to read).
    """
    if not len(history):
        return {"history": [], "list": [], "weights": [], "removal": []}
    read, length = [int(item) for item in history], len(history)
    shorter = [read[:j] + read[j + 1 :] + [0] for j in range(length)] if length > 1 else []
    rows = torch.tensor([read, *shorter])  # (1 + T, T)
    batch = Batch(items=rows, lengths=torch.tensor([length, *[length - 1] * len(shorter)]))
    with asked(model):
        scores = model.score(batch).double()  # (1 + T, V+1)
        weights = model.attention_weights(batch)[0, :, length - 1].mean(0)  # (T,)
    scores[:, 0] = -torch.inf
    if not repeats:
        scores[:, read] = -torch.inf
    shares = scores.softmax(-1)  # (1 + T, V+1)
    best = scores[0].topk(min(top, int(scores[0].isfinite().sum()))).indices.tolist()
    listed = [
        {"item": item, "score": float(scores[0, item]), "share": float(shares[0, item]), "place": place}
        for place, item in enumerate(best, 1)
    ]
    moved = (shares[1:, best[0]] - shares[0, best[0]]).tolist() if shorter else [None]
    return {"history": read, "list": listed, "weights": weights.tolist(), "removal": moved}


def model_in_page(
    model: SeqRec,
    titles: Sequence[str],
    starts: Mapping[str, Sequence[int]],
    notes: Sequence[str] | None = None,
    repeats: bool = False,
    experiment: str = "",
) -> View:
    """A view in which the reader makes a history and ``model`` ranks what comes next.

    Args:
        model: a trained ``lstm-attention``. titles: ``(V+1,)``, entry 0 unused.
        starts: name to a history (item numbers, oldest first) to begin with; the first one is shown.
        notes: ``(V+1,)`` a word beside each title in the search box, such as a category.
        repeats: whether items of the history may come again (as in the evaluator's protocol).
        experiment: one thing to try first, in words.

    Raises:
        ValueError: a model that the page cannot compute, no start, or titles that do not fit the catalogue.
    """
    settings, layout, text = pack_model(model)
    if len(titles) != settings["items"] + 1:
        raise ValueError(f"{len(titles)} titles for {settings['items']} items: give one each, entry 0 unused")
    if not starts:
        raise ValueError("no history to start with: give at least one")
    for name, items in starts.items():
        if len(items) > settings["max_len"] or not all(1 <= int(i) <= settings["items"] for i in items):
            raise ValueError(
                f"start {name!r}: at most {settings['max_len']} items, numbered 1 to {settings['items']}"
            )
    data = {
        "words": _words() | ({"experiment": experiment} if experiment else {}),
        "first": first_answer(model, next(iter(starts.values())), repeats),
        "titles": ["", *(str(t) for t in titles[1:])],
        "notes": ["", *(str(n) for n in notes[1:])] if notes is not None else [""] * len(titles),
        "starts": [{"name": name, "items": [int(i) for i in items]} for name, items in starts.items()],
        "repeats": repeats,
        "settings": settings,
        "layout": layout,
        "bytes": len(text),
    }
    label = message("The model in this page: make a history and see what the model ranks next")
    return View("next_items", label, data, {"weights": text})


def _words() -> dict[str, str]:
    """Every sentence of the view, ready for translation. Names in braces are filled in the page."""
    return {
        "title": message("The model in this page"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "load the model and remove the item that it looked at most. Does the answer follow the weight?"
        ),
        "about": message(
            "This is what the trained model answers to one history. Load it, and it answers to yours, in "
            "your browser. Nothing is sent anywhere."
        ),
        "load": message("Load the model ({size})"),
        "loading": message("Loading …"),
        "failed": message("The model could not be loaded: {reason}"),
        "make": message("Make a history"),
        "search": message("Add an item: type a part of its title"),
        "found": message("{n} items found"),
        "start": message("or start from"),
        "started": message("A history to start with."),
        "undo": message("Undo"),
        "undone": message("Taken back."),
        "removeMost": message("Remove what it looked at most"),
        "swapLast": message("Swap the last two"),
        "actions": message("Change the history"),
        "full": message("The model reads at most {n} items."),
        "added": message("You added {item}."),
        "removed": message("You removed {item}, which had the weight {weight}."),
        "moved": message("You moved {item}."),
        "same": message(
            "{item} stays first: {oldShare} before, {share} now; {kept} of the ten stay in the list."
        ),
        "other": message(
            "First before: {old} ({oldShare}). First now: {item} ({share}). "
            "{kept} of the ten stay in the list."
        ),
        "history": message("The history, oldest first"),
        "item": message("Item"),
        "weight": message("Attention"),
        "unread": message("not read"),
        "goes": message("If it goes"),
        "effect": message("“If it goes”: change of the share of {item}, in points."),
        "edit": message("Move, remove"),
        "earlier": message("Move earlier: {item}"),
        "later": message("Move later: {item}"),
        "remove": message("Remove: {item}"),
        "next": message("Next item"),
        "share": message("Share"),
        "before": message("Before"),
        "ranking": message("What comes next. Shares are among the items not in the history."),
        "empty": message("The history is empty. Add an item."),
    }
