"""The attention explorer: choose a user, a layer, a head and a step, and see what was looked at.

Weights are worked out here and packed, so the view needs no kernel: about 2.5 kB a user, a layer and a head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...data.batch import Batch, Cases
from ...data.worlds import World
from ...evaluation.asking import asked
from ...messages import InputError, message
from ...models.recommender import Attentive, layers_of, place_model
from .packing import lower_triangle, pack_shares
from .view import View

PAPER = 8  # rows that a printed page shows, beside those with a true share
SMALL = 0.05  # a share below this is not marked as a cause


def all_weights(model: Attentive, one: Batch) -> Tensor:
    """Every weight of one history (``B`` = 1): ``(layers, H, T, T)`` on the CPU, dropout off."""
    one = one.to(place_model(model, None))
    with asked(model):
        layers = [model.attention_weights(one, layer)[0] for layer in range(model.layers)]  # (H, T, T) each
    return torch.stack(layers).cpu()


def causes_by_step(world: World, one: Batch, target: Tensor) -> list[list[tuple[int, float]]]:
    """For each step t of one history: the past events that called for the item after it.

    Args:
        one: ``B`` = 1, length ``T``. target: ``(1,)``, the item after the last step.

    Returns:
        ``T`` lists of ``(event j, its share in the next item)``, shares of at least 0.05.
    """
    steps = int(one.lengths[0])
    items = one.items[:, :steps]
    following = torch.cat([items[0, 1:], target.cpu()])  # (T,)
    prefixes = Batch(
        items=items.expand(steps, -1),
        lengths=torch.arange(1, steps + 1),
        times=None if one.times is None else one.times[:, :steps].expand(steps, -1),
        query_time=None if one.times is None else one.request_times()[0, :steps],
    )
    # The oracle reads no further than a row's length, so a prefix needs no padding of its own.
    shares = world.cause_posterior(prefixes, following)[:, :-1]  # (T, T)
    return [
        [(j, round(float(row[j]), 3)) for j in (row >= SMALL).nonzero().flatten().tolist()] for row in shares
    ]


def attention_explorer(
    models: Mapping[str, Attentive],
    cases: Cases,
    titles: Sequence[str],
    users: Sequence[int],
    world: World | None = None,
    experiment: str = "",
) -> View:
    """A view of what ``models`` looked at in the histories of some users.

    Args:
        models: name to a model with attention, one or more; with two or more the reader can compare two.
        cases: histories and what came next. titles: ``(V+1,)``.
        users: rows of ``cases`` to show; six are enough.
        world: marks the event that really called for each next item; None marks none (a real log).
        experiment: one thing to try first, in words.

    Raises:
        InputError: no model, no user, or a model without attention.
    """
    if not models or not len(users):
        raise InputError("nothing to explore: give at least one model and one user")
    for name, model in models.items():
        if not layers_of(model):
            raise InputError(f"{name} has no attention: give models that have some")
    weights: dict[str, list[Tensor]] = {name: [] for name in models}
    people = []
    for user in users:
        part = cases.rows(torch.tensor([int(user)]))
        one = part.batch.trim()
        known = [] if world is None else causes_by_step(world, one, part.target)
        history = one.items[0, : int(one.lengths[0])].tolist()
        people.append(
            {
                "name": message("user {n}", n=int(user) + 1),
                "titles": [str(titles[i]) for i in history],
                "next": str(titles[int(part.target[0])]),
                "causes": known or [[] for _ in history],
            }
        )
        for name, model in models.items():
            weights[name].append(all_weights(model, one))
    shown = [
        {
            "name": name,
            "layers": found[0].shape[0],
            "heads": found[0].shape[1],
            "weights": [pack_shares(lower_triangle(grid)) for grid in found],
        }
        for name, found in weights.items()
    ]
    words = _words(world is not None) | ({"experiment": experiment} if experiment else {})
    data = {"words": words, "paper": PAPER, "users": people, "models": shown}
    label = message("Attention explorer: choose a user, a model and a step, and see what the model looked at")
    return View("attention_explorer", label, data)


def _words(world: bool) -> dict[str, str]:
    """Every sentence of the view, ready for translation. Names in braces are filled in the page."""
    return {
        "title": message("Attention explorer"),
        "choose": message("What to look at"),
        "user": message("User"),
        "model": message("Model"),
        "compare": message("Compare with"),
        "nobody": message("nothing"),
        "layer": message("Layer"),
        "head": message("Head"),
        "mean": message("mean of all"),
        "walk": message("Walk through the history"),
        "before": message("earlier step"),
        "after": message("later step"),
        "item": message("Item, oldest first"),
        "share": message("true share") if world else message("true share (unknown here)"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "point at other items of the list, or walk with the arrow keys. The model stands there and looks "
            "back: does its longest bar meet the diamond?"
        ),
        "caption": message(
            "Attention weights from the chosen step, and the true share of each event in the next item"
        ),
        "paper": message(
            "On paper stand only the rows with the {n} largest weights or a true share.", n=PAPER
        ),
        "last": message("{item} (came last)"),
        "from": message("Step {step}, {item}."),
        "looked": message("{model} looks most at {item} ({weight})."),
        "came": message("Next came {item}."),
        "called": message("It was called for by {item} (share {share})."),
        "uncalled": message("No past event called for it.")
        if world
        else message("What called for it is not known."),
    }
