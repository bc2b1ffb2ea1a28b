"""``recommend``: what should come after a history, in the log's own ids."""

from __future__ import annotations

import json
import shlex

import torch

from ..data import Batch
from ..device import pick_device
from ..evaluation.metrics import allowed_items, check_scores, top_items
from ..files import write_json
from ..messages import unknown
from ..models.baselines import BASELINES
from ..training import RunFolder
from . import output
from .loading import load_model
from .text import table


def run(arguments) -> int:
    """Run the command."""
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    folder = RunFolder(arguments.folder)
    name = folder.read("settings.json")["model"].get("model")
    if name in BASELINES:
        raise ValueError(
            f"{arguments.folder}: {name} is a baseline, which keeps no weights to recommend from"
        )
    items = folder.read("items.json")
    history = find_items(shlex.split(arguments.history), items["ids"])
    model, described = load_model(folder, device)
    newest = history[-described["data"]["max_len"] :]
    batch = Batch(torch.tensor([newest]), torch.tensor([len(newest)])).to(device)
    with torch.no_grad():
        scores = model.score(batch).cpu()  # (1, V+1)
    check_scores(scores)
    seen = (torch.zeros(len(history), dtype=torch.long), torch.tensor(history))
    allowed = allowed_items(scores, None if described["data"]["repeats"] else seen)
    best = [item for item in top_items(scores, arguments.k, allowed)[0].tolist() if item]
    titles = items["titles"] or [""] * len(items["ids"])
    rows = [
        {"rank": n, "item": items["ids"][item], "title": titles[item], "score": float(scores[0, item])}
        for n, item in enumerate(best, 1)
    ]
    _show(arguments, rows)
    return 0


def find_items(words: list[str], ids: list) -> list[int]:
    """Item numbers of the log's own ids.

    Raises:
        ValueError: no id, or one that is not in the catalogue (the nearest are named).
    """
    if not words:
        raise ValueError("the history is empty: give at least one item id")
    number = {str(each): n for n, each in enumerate(ids) if n > 0}
    for word in words:
        if word not in number:
            raise ValueError(unknown("item id", word, number))
    return [number[word] for word in words]


def _show(arguments, rows: list[dict]) -> None:
    if arguments.json == "-":
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if arguments.json:
        write_json(arguments.json, rows)
    body = [[row["rank"], row["item"], row["title"] or "", f"{row['score']:.3f}"] for row in rows]
    print(table(["rank", "item", "title", "score"], body, left=3))
