"""The protocol lab: change the rules of an evaluation, and see figures and the order of models change.

In a static page it plays from a grid that was worked out beforehand (``benchmarks/protocols.py``). Where a
kernel runs it also asks models that the reader has trained, for any number of sampled items and any k.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ...evaluation.protocols import RIVALS, Protocol, Standings
from ...evaluation.resampling import bootstrap_many
from ...messages import message
from ...results import Results
from ..names import display_name
from .view import View

FLOORS = ("same score for all", "popularity", "recent popularity", "Markov chain")
AXES = ("rivals", "seen", "ties", "metric")


def protocol_lab(
    results: Results,
    live: Mapping[str, Standings] | None = None,
    live_name: str = "",
    experiment: str = "",
) -> View:
    """The lab over committed ``results``, and over models of this notebook where a kernel runs.

    Args:
        results: as ``load_results("protocols")`` gives them: rows with ``model``,
            ``split``, ``data``, ``cases``, ``axes``, ``grid`` and ``above``.
        live: name to :class:`~seqrec_lib.evaluation.protocols.Standings`, all on the same cases.
        live_name: what to call them. experiment: what to try first, where it is not the usual one.

    Raises:
        ValueError: no rows, rows of one split with other axes, a grid of another size, missing models, or
            standings on other cases.
    """
    if not results.rows:
        raise ValueError("no rows: make them with benchmarks/protocols.py")
    sets: dict[tuple[str, str], dict] = {}
    for row in results.rows:
        key = (row["data"]["name"], row["split"])
        axes = {name: row["axes"][name] for name in AXES}
        place = {"data": key[0], "split": key[1], "cases": row["cases"], "items": row["data"]["items"]}
        one = sets.setdefault(key, {**place, "axes": axes, "models": []})
        if axes != one["axes"] or len(row["grid"]) != _size(axes):
            raise ValueError(f"the row of {row['model']} has other axes than those before it")
        one["models"].append(
            {
                "name": display_name(row["model"]),
                "kind": _kind(row["model"]),
                "grid": row["grid"],
                "above": row["above"],
            }
        )
    for one in sets.values():
        letters = _size(one["axes"]) * len(one["models"])
        if any(len(model["above"]) != letters for model in one["models"]):
            raise ValueError(f"{one['data']}, {one['split']}: some models are missing")
    words = _words() | ({"experiment": message(experiment)} if experiment else {})
    data: dict[str, object] = {"words": words, "sets": list(sets.values())}
    if live:
        _check_live(live)
        data["live"] = {"name": live_name or message("models of this notebook")}
    return View(
        "protocol_lab",
        message("Protocol lab: change the rules of an evaluation and see the order of models change"),
        data,
        answer=(lambda question: answer(live, question)) if live else None,
    )


def answer(live: Mapping[str, Standings], question: dict) -> dict:
    """What the models of ``live`` reach under one protocol and under the full one, with seen items out.

    Args:
        question: ``{"rivals", "n", "seen", "ties", "metric", "k"}``; metric is ``HR``, ``NDCG`` or ``MRR``.

    Returns:
        ``{"here", "full"}``, each ``{"models": [{"name", "kind", "figures"}], "above": [str]}``: figures are
        the mean and its 95% interval over users; letters as in the grid.

    Raises:
        ValueError: a rule that does not exist, or k below 1.
    """
    k, metric = int(question["k"]), str(question["metric"])
    if k < 1 or metric not in ("HR", "NDCG", "MRR"):
        raise ValueError(f"k is {k} and metric {metric!r}: k starts at 1, metrics are HR, NDCG and MRR")
    name = metric if metric == "MRR" else f"{metric}@{k}"
    rules = {key: question[key] for key in ("rivals", "seen", "ties")}
    here = Protocol(n=max(1, int(question["n"])), **rules)
    return {"here": _measured(live, here, name, k), "full": _measured(live, Protocol(), name, k)}


def _measured(live: Mapping[str, Standings], protocol: Protocol, name: str, k: int) -> dict:
    values = np.stack([one.measure(protocol, k)[name].numpy() for one in live.values()], axis=1)  # (N, M)
    draws = bootstrap_many(values, next(iter(live.values())).users.numpy(), samples=400)  # (400, M)
    ends = np.quantile(draws, [0.025, 0.975], axis=0)  # (2, M)
    figures = np.concatenate([values.mean(0)[None], ends]).T.tolist()  # (M, 3)
    models = [
        {"name": display_name(m), "kind": _kind(m), "figures": f} for m, f in zip(live, figures, strict=True)
    ]
    above = []
    for m in range(len(models)):
        low, high = np.quantile(draws[:, [m]] - draws, [0.025, 0.975], axis=0)  # (M,) each
        above.append("".join("+" if a > 0 else "-" if b < 0 else "0" for a, b in zip(low, high, strict=True)))
    return {"models": models, "above": above}


def _check_live(live: Mapping[str, Standings]) -> None:
    first, *others = (one.users.tolist() for one in live.values())
    if any(users != first for users in others):
        raise ValueError("the models of live were not measured on the same cases")


def _size(axes: dict[str, list]) -> int:
    return math.prod(map(len, axes.values()))


def _kind(name: str) -> str:
    return "oracle" if name == "oracle" else "floor" if name in FLOORS else "model"


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("The protocol lab"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "rank against “n drawn uniformly”, then lower n to 10. How far apart are the models now?"
        ),
        "choose": message("The rules"),
        "data": message("data"),
        "split": message("split"),
        "split_names": {
            "leave-one-out": message("each user's last item"),
            "global moment": message("one moment for all"),
        },
        "rivals": message("ranked against"),
        "kind_names": dict(
            zip(
                RIVALS,
                (message("all items"), message("n drawn uniformly"), message("n drawn by popularity")),
                strict=True,
            )
        ),
        "n": message("n"),
        "k": message("k"),
        "seen": message("seen items"),
        "seen_names": {
            "out": message("out of the ranking"),
            "window": message("the newest out, older ones in"),
            "in": message("in the ranking"),
        },
        "ties": message("ties"),
        "tie_names": {
            "expectation": message("in expectation"),
            "against": message("against the model"),
            "for": message("for the model"),
        },
        "metric": message("metric"),
        "reset": message("Back to the full ranking"),
        "row": message("{place}. {model}"),
        "was": message("was {place}"),
        "level": message("level with {place}"),
        "same": message("No two models change places against the full ranking."),
        "changed": message(
            "Against the full ranking {pairs} of {all} pairs of models change places, {clear} of them "
            "clearly (that is, the paired 95% interval leaves out 0 both times)."
        ),
        "example": message("In full {a} is clearly above {b}; here {b} is clearly above {a}."),
        "best": message("First: {model}, {metric} {value} (95% interval {low} to {high}); in full {full}."),
        "note": message(
            "Bars are means over {cases} cases with 95% intervals over users; there are {items} items. "
            "“Was” is the place in the full ranking with seen items out and ties in expectation. “Level "
            "with” says that the paired interval to the next model holds 0."
        ),
        "waiting": message("The kernel works it out…"),
        "failed": message("The kernel could not answer: {error}"),
        "alt": message("Bars, best first. {rows}."),
        "bar": message("{model} {value}"),
        "table": message("The data of this figure"),
    }
