"""What changing one event does, seen or set, in the world and in a model; sets that change the first item."""

from __future__ import annotations

import torch
from torch import Tensor

from seqrec_lib.data.batch import Batch, Cases
from seqrec_lib.data.worlds import DoOracle, OracleModel, World, quiet_items
from seqrec_lib.explain import Change, Game, LogScores, greedy_set, occlusion, smallest_set
from seqrec_lib.explain.absent import keep_only

PAIRS = 80  # cases of each kind
FIRST = 8  # events that were seen
SURE = 0.9
SETS = 30
NEWEST = 12  # events of a history in the search for sets
DRAWS = 2


def effects(model: object, cases: Cases, quiet: Tensor) -> list[Tensor]:
    """Occlusion of each case, event by event; every model meets the same items that call for nothing."""
    return [
        occlusion(Game(model, cases.batch.rows(slice(n, n + 1)), item, draws=DRAWS, pool=quiet))
        for n, item in enumerate(cases.target.tolist())
    ]


def oracle_effects(ground, kind: str, cases: Cases) -> dict[str, list[Tensor]]:
    """The same by the oracle that sees each change, and by the two that set it: found once for all models."""
    if kind not in ground.effects:
        world, quiet = ground.world, quiet_items(ground.world)
        found = {"seen": effects(LogScores(OracleModel(world)), cases, quiet)}
        for name, known_from in (("set", "seen"), ("set, others tell", "kept")):
            found[name] = [
                effects(LogScores(DoOracle(world, one.batch, known_from)), one, quiet)[0]
                for one in (cases.rows(slice(n, n + 1)) for n in range(len(cases)))
            ]
        ground.effects[kind] = found
    return ground.effects[kind]


def early_cases(world: World, kind: str) -> tuple[Cases, Tensor]:
    """Users after FIRST events: one of these ``called`` for the next item, or none (``free``); and which.

    So early the type is still uncertain, and one event more or less can tell much of it. Later, where dozens
    of events have told it, seeing and setting one of them hardly differ.
    """
    draw = world.draw
    target, history = draw.items[:, FIRST], draw.items[:, :FIRST]
    batch = Batch(history, torch.full((len(history),), FIRST), users=torch.arange(len(history)))
    told = world.cause_posterior(batch, target)
    share, cause = told[:, :-1].max(1)
    chosen = ((share if kind == "called" else told[:, -1]) >= SURE).nonzero().squeeze(1)[:PAIRS]
    start = torch.arange(len(history)) * FIRST
    whole = Cases(batch, target, history.flatten(), start, start + FIRST)
    return whole.rows(chosen), cause[chosen]


def lean(model: Tensor, settled: Tensor, told: Tensor) -> Tensor:
    """``(2,)``: the model's effects as a times those of setting plus b times what seeing tells more."""
    return torch.linalg.lstsq(torch.stack([settled, told], 1), model[:, None]).solution[:, 0]


def causal_row(model: object, ground) -> dict[str, dict[str, object]]:
    """Sizes of the effects of one event, and whether a model follows what setting or what seeing it does.

    The cause is left out: seen or set, it matters as much, and would hide the rest.
    """
    test: dict[str, dict[str, object]] = {}
    for kind in ("called", "free"):
        cases, cause = early_cases(ground.fresh_world, kind)
        found = {
            **oracle_effects(ground, kind, cases),
            "model": effects(model, cases, quiet_items(ground.world)),
        }
        joined = {name: torch.stack(each) for name, each in found.items()}  # (N, FIRST)
        keep = torch.ones(len(cases), FIRST, dtype=torch.bool)
        if kind == "called":
            keep[torch.arange(len(cases)), cause] = False
        own: dict[str, object] = {"cases": len(cases)}
        for name, each in joined.items():
            own[f"mean size, {name}"] = float(each[keep].abs().mean())
            if kind == "called":
                own[f"on the cause, {name}"] = float(each[torch.arange(len(cases)), cause].mean())
        # Where an event called for the item, little is left to set beside it, and a fit would say nothing.
        for how in ("set", "set, others tell") if kind == "free" else ():
            own[f"lean, {how}"] = intervals(joined["model"], joined[how], joined["seen"], keep)
        test[kind] = own
    return test


def intervals(model: Tensor, settled: Tensor, seen: Tensor, keep: Tensor) -> dict[str, list[float]]:
    """a and b of :func:`lean`, each with its 95% interval over cases."""
    generator = torch.Generator().manual_seed(0)

    def fitted(rows: Tensor) -> Tensor:
        part = keep[rows]
        return lean(model[rows][part], settled[rows][part], (seen - settled)[rows][part])

    size = len(model)
    drawn = torch.stack([fitted(torch.randint(size, (size,), generator=generator)) for _ in range(1000)])
    ends = torch.quantile(drawn, torch.tensor([0.025, 0.975], dtype=drawn.dtype), dim=0)  # (2, 2)
    whole = fitted(torch.arange(size))
    names = ("of setting", "of what seeing tells more")
    return {name: [float(whole[k]), *ends[:, k].tolist()] for k, name in enumerate(names)}


def sets_row(model: object, ground) -> dict[str, dict[str, float]]:
    """Sizes of the smallest sets and of greedy ones, by deletion and by replacement."""
    cases = ground.called.rows(slice(0, SETS))
    place = torch.arange(cases.batch.items.shape[1])
    batch = keep_only(cases.batch, place >= cases.batch.lengths[:, None] - NEWEST)
    test = {}
    for absent in ("delete", "replace"):
        smallest, greedy, larger = [], [], 0
        for n in range(SETS):
            change = Change(model, batch.rows(slice(n, n + 1)), absent)
            best, quick = smallest_set(change, 3), greedy_set(change)
            smallest.append(len(best.events) if best else 0)
            greedy.append(len(quick.events) if quick else 0)
            larger += bool(best and quick and len(quick.events) > len(best.events))
        sizes = torch.tensor(smallest)
        test[absent] = {f"size {n}": float((sizes == n).double().mean()) for n in (1, 2, 3)}
        test[absent] |= {
            "none of up to 3": float((sizes == 0).double().mean()),
            "greedy larger": larger / max(1, int((sizes > 0).sum())),
            "greedy mean": float(torch.tensor(greedy).double().mean()),
        }
    return test
