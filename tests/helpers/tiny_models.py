"""Tiny batches and models that are the same each time, and the variants that a family's settings allow."""

from dataclasses import asdict, fields, replace

import torch

from seqrec_lib.data import Batch
from seqrec_lib.losses.objectives import click_objective
from seqrec_lib.models import RECIPES, NextItem, build, find_recipe, recipe_settings
from seqrec_lib.models.recommender import AsksHistory

V, MAX_LEN = 11, 9
LENGTHS = (6, 1, 4, 6, 3)
SMALL = {"dim": 8, "max_len": MAX_LEN, "mlp_width": 12, "ff_width": 12, "width": 5}
SMALL |= {"segment": 3, "memory": 5, "window": 6, "codes": 3, "spare": 4}

# Parts that a family may have, switched on one by one or two by two. A family is tried with those that its
# own settings have and that change something there.
VARIANTS = {
    "as it is": {},
    "packed": {"packed": True},
    "packed, two layers": {"packed": True, "layers": 2},
    "one layer": {"layers": 1},
    "two layers": {"layers": 2},
    "untied": {"tied": False},
    "a hashed table": {"table": "hashed", "shared_rows": 4},
    "quotients and remainders": {"table": "qr", "shared_rows": 4},
    "coded items": {"table": "codes", "pieces": 4},
    "untied, scaled item vectors": {"tied": False, "scale_items": True},
    "plain item vectors": {"scale_items": False},
    "two heads": {"heads": 2},
    "post-norm": {"norm": "post"},
    "post-norm, two heads": {"norm": "post", "heads": 2},
    "query-norm": {"norm": "query"},
    "positions from the end": {"positions": "end"},
    "positions from the end, two heads, post-norm": {"positions": "end", "heads": 2, "norm": "post"},
    "positions by distance": {"positions": "distance"},
    "positions by distance, two heads, post-norm": {"positions": "distance", "heads": 2, "norm": "post"},
    "positions both ways": {"positions": "both"},
    "distances in buckets, two heads": {"positions": "buckets", "heads": 2},
    "distances by slopes, two heads": {"positions": "alibi", "heads": 2},
    "turned queries and keys, two heads": {"positions": "rope", "heads": 2},
    "two heads, biases of each layer": {"shared_bias": False, "heads": 2},
    "gradients through memory": {"stop_gradient": False},
    "elapsed times in buckets, two heads": {"positions": "times", "heads": 2},
    "places from the end and elapsed times, request known": {"positions": "end+times", "request": True},
    "units of an hour, two heads": {"unit": "fixed", "heads": 2},
    "intervals on a log scale, request known": {"unit": "log", "request": True},
    "no intervals": {"unit": "none"},
    "biased by position, two heads": {"bias": "position", "heads": 2},
    "biased by time": {"bias": "time"},
    "biased by nothing": {"bias": "none"},
    "to the slate alone": {"directions": "to-slate"},
    "to the history alone": {"directions": "to-history"},
    "neither direction": {"directions": "none"},
    "one level": {"levels": 1},
    "weights that are not normalised": {"normalise": False},
    "weights that are normalised": {"normalise": True},
    "not normalised, no distance": {"normalise": False, "distance": False},
    "a fixed query": {"reader": "fixed"},
    "no reader": {"reader": "mean"},
    "looking back alone": {"looks": "back"},
    "framed as SASRec, pre-norm": {"frame": "sasrec", "norm": "pre"},
    "dilations that grow further": {"cycle": 3},
    "wider filters": {"kernel": 4},
    "told the places": {"places": True},
    "not normalised, Dice": {"normalise": False, "activation": "dice"},
    "the code's gate": {"gate": "code"},
    "request unknown": {"request": False},
    "the last state alone": {"look": False},
    "the mean added": {"add_mean": True},
    "one level, request unknown": {"levels": 1, "request": False},
    "query-norm, one layer, two heads": {"norm": "query", "layers": 1, "heads": 2},
    "dot products": {"attention": "dot", "heads": 2},
    "additive": {"attention": "additive", "heads": 2},
    "bilinear": {"attention": "bilinear", "heads": 2},
    "bare dot products over item vectors": {"attention": "bare", "encoder": "none", "heads": 2},
    "projected values": {"project_values": True, "heads": 2},
    "projected values, even weights": {"project_values": True, "attention": "mean"},
    "no distance": {"distance": False},
    "by distance alone": {"attention": "distance", "heads": 2},
    "mlp": {"head": "mlp"},
    "mlp, untied": {"head": "mlp", "tied": False},
    "no head": {"head": "dot"},
}


def whole_settings(name, changes):
    """Settings of the recipe with ``changes``, idle ones too; None where it lacks one of them."""
    recipe = find_recipe(name)
    if not set(changes) <= {field.name for field in fields(recipe.family)}:
        return None
    return recipe.family(**{"model": name, "n_items": V, **recipe.settings, **changes})


def small_sizes(name, **changes):
    """The sizes of ``SMALL`` that the recipe has and that change something there."""
    settings = whole_settings(name, changes)
    known = {field.name for field in fields(settings)} - set(settings.idle())
    return {size: value for size, value in SMALL.items() if size in known}


def variants():
    """``{"recipe: variant": (recipe, changes)}``: every recipe, and each model that is not there yet."""
    found, seen = {}, []
    for name in RECIPES:
        for label, changes in VARIANTS.items():
            settings = whole_settings(name, changes)
            if settings is None or set(settings.idle()) & set(changes):
                continue
            told = {**asdict(settings), "model": type(settings), **settings.idle()}
            if changes and told in seen:
                continue
            seen.append(told)
            found[f"{name}: {label}"] = (name, changes)
    return found


def batch_of(lengths=LENGTHS, width=6, seed=0):
    """Random histories of the given lengths with times, padded with 0 to ``width``."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor(lengths)
    items = torch.randint(1, V + 1, (len(lengths), width), generator=generator)
    # Seconds to days, as in a log: sessions have one item or several.
    gaps = torch.rand(len(lengths), width + 1, generator=generator, dtype=torch.float64) ** 6 * 1e5
    real = torch.arange(width) < lengths[:, None]
    times = gaps.cumsum(1)  # (B, width + 1): the request comes after the last real step
    return Batch(
        items=items * real,
        lengths=lengths,
        times=times[:, :width] * real,
        query_time=times.gather(1, lengths[:, None])[:, 0],
    )


def model_of(name, seed=0, **changes):
    """A small model in evaluation mode, in float64 so that equal means equal.

    A weight that starts all alike, as a norm's gain or a bias of zeros, is moved at random: there a wrong
    index or a missing part would not show.
    """
    torch.manual_seed(seed)
    model = build(recipe_settings(name, V, **{**small_sizes(name, **changes), **changes}))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad and bool((weight == weight.flatten()[0]).all()):
                weight += 0.3 * torch.randn_like(weight)
    return model.double().eval()


def next_item(cases):
    """Those of ``cases`` whose model scores by dot products: the others have no states to look at."""
    return {label: case for label, case in cases.items() if isinstance(model_of(case[0]), NextItem)}


def close(got, want, tolerance=1e-12):
    torch.testing.assert_close(got, want, rtol=tolerance, atol=tolerance)


def reads_order(model):
    """Whether the order of older items means anything to ``model``: many models of clicks pool them."""
    batch = batch_of((6, 6, 6))
    other = replace(batch, items=torch.cat([batch.items[:, :5].flip(1), batch.items[:, 5:]], 1))
    return not torch.allclose(model.score(other)[:, 1:], model.score(batch)[:, 1:], rtol=1e-9, atol=1e-9)


def slates_of(batch, places=4, seed=1):
    """``batch`` with made-up slates, clicks and purchases; the last place of the first row shows nothing."""
    generator = torch.Generator().manual_seed(seed)
    candidates = torch.randint(1, V + 1, (len(batch), places), generator=generator)
    candidates[0, -1] = 0
    labels = (torch.rand(candidates.shape, generator=generator) < 0.4).double()
    bought = labels * (torch.rand(candidates.shape, generator=generator) < 0.5)
    return replace(batch, candidates=candidates, labels=labels, bought=bought)


def _beside(model, states):
    """Something made up of the tables that scores do not read: of values, of a logger that is estimated."""
    if hasattr(model, "behaviour_matrix"):
        return (states @ model.behaviour_matrix()[1:].T).logsumexp(1).mean()
    if hasattr(model, "values"):
        return sum(each.square().mean() for each in model.values(states))
    return None


def surprise(model, batch):
    """Mean -log p of something made up: of clicks for a model of clicks, else of a next item."""
    if isinstance(model, AsksHistory):
        objective, chance = click_objective(model), {"negatives": torch.Generator().manual_seed(2)}
        return objective(model, slates_of(batch), chance)[0]
    if isinstance(model, NextItem):
        real = batch.mask()
        states = model.hidden(batch)[real]
        scores, target = states @ model.item_matrix()[1:].T, batch.items[real]
        beside = _beside(model, states)
        if beside is not None:
            return torch.nn.functional.cross_entropy(scores, target % V) + beside
    else:
        scores, target = model.score(batch)[:, 1:], batch.last(batch.items)
    return torch.nn.functional.cross_entropy(scores, target % V)
