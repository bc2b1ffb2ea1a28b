"""Rows of the part ``stages`` of `benchmarks/two_stages.py`: two stages over a catalogue of 100,000 items.

`minus` of a row holds its differences to other rows of the same seed, paired over the tested users: mean and
ends of the 95% interval. One step size was tried, with the corrected loss, and all losses have it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from statistics import median

import numpy as np
import torch
from family_clicks import run_epochs
from torch import Tensor

from seqrec_lib import evaluate, fit
from seqrec_lib.data import Cases, leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import OracleModel, World
from seqrec_lib.evaluation.asking import ask, asked, in_order
from seqrec_lib.losses.in_batch import in_batch_softmax
from seqrec_lib.models import Model, build, recipe_settings
from seqrec_lib.models.din import DIN
from seqrec_lib.models.recommender import Recommender
from seqrec_lib.retrieval import Indexed, RecalledObjective, TwoStage, build_index

USERS, TESTED, WATCHED, RANKED = 12_000, 800, 300, 6_000
KS = (1, 5, 10, 20)
COUNTS = (10, 20, 50, 100, 200, 500, 1000)
CANDIDATES = 100
FIRST = {"dim": 32, "dropout": 0.1}
FIRST_TRAINING = {
    "batch_size": 64,
    "weight_decay": 1e-2,
    "schedule": "cosine",
    "patience": 0,
    "epochs": 4,
    "lr": 2e-2,
}
RANKER = {"dim": 32, "width": 24, "mlp_width": 48, "dropout": 0.0}
RANKER_TRAINING = {"epochs": 2, "size": 64, "lr": 4e-3}
STEPS = 2
# Random and recalled negatives of a step, and what else differs; the number of negatives is always 8.
NEGATIVES: dict[str, dict[str, object]] = {
    "random": {"random": 8, "recalled": 0},
    "recalled": {"random": 0, "recalled": 8},
    "recalled, served steps": {"random": 0, "recalled": 8, "lost": False},
    "mixed, corrected": {"random": 4, "recalled": 4, "correct": True},
}
COMPARED = ("first stage alone", "ranker: random", "ranker: recalled")  # all rows are held against these
LOSSES = ("in-batch, corrected", "in-batch, not corrected", "sampled")
STAGES = ("first stage alone", *(f"ranker: {name}" for name in NEGATIVES), "oracle as ranker",
          *LOSSES[1:], "oracle alone")  # fmt: skip


@cache
def world_of(seed: int = 1) -> World:
    return simulate("large", users=USERS, seed=seed)


@cache
def split_of(seed: int = 1) -> Split:
    """Few users watch training and few are tested, for each costs 100,000 scores; all are trained on."""
    split = leave_one_out(world_of(seed), max_len=40)
    return replace(
        split, validation=split.validation.rows(slice(0, WATCHED)), test=split.test.rows(slice(0, TESTED))
    )


def uncorrected(*given: Tensor, **more: object) -> Tensor:
    """In-batch softmax in which a popular item comes up as a negative as often as it is popular."""
    targets, matrix = given[1], given[2]
    more["popularity"] = torch.full((len(matrix),), 1 / len(targets))
    return in_batch_softmax(*given, **more)  # type: ignore[arg-type]


def first_stage(seed: int, loss: str = LOSSES[0], users: int = 1) -> Model:
    """The model that gives queries and item vectors."""
    split = split_of(users)
    torch.manual_seed(seed)
    model = build(recipe_settings("gru4rec", split.log.n_items, max_len=40, **FIRST))
    names = {"sampled": "sampled", "in-batch, corrected": "in-batch", "in-batch, not corrected": uncorrected}
    options = {"negatives": 1000} if loss == "sampled" else {}
    training = {**FIRST_TRAINING, **options, "evaluate_every": FIRST_TRAINING["epochs"]}
    fit(model, split, seed=seed, loss=names[loss], progress=False, device="cpu", **training)
    return model


def ranker(seed: int, first: Model, stage: Indexed, kind: str, users: int = 1) -> DIN:
    """DIN over the first stage's item vectors, trained on some steps of each history in each epoch."""
    split = split_of(users)
    torch.manual_seed(seed)
    model = build(recipe_settings("din", split.log.n_items, max_len=40, **RANKER))
    assert isinstance(model, DIN)
    with torch.no_grad():
        model.embedding.weight.copy_(first.item_matrix())
        model.outer.weight.zero_()  # it starts as the first stage orders
    objective = RecalledObjective(stage, steps=STEPS, add=True, **NEGATIVES[kind])  # type: ignore[arg-type]
    run_epochs(model, split.train.rows(slice(0, RANKED)), objective, seed=seed, **RANKER_TRAINING)
    return model


def places(scores: Tensor, part: Cases) -> Tensor:
    """``(B,)`` the target's place among the items that may be shown, from 1; equals share the middle."""
    row, item = part.seen()
    scores = scores.clone()
    own = scores.gather(1, part.target[:, None])
    scores[row, item] = -torch.inf
    scores[:, 0] = -torch.inf
    return 1 + (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2


PerUser = dict[str, np.ndarray]  # metric: one number for each tested user, in the order of the cases


def recall_by_count(model: Recommender, cases: Cases, popular: Tensor) -> PerUser:
    """Whether the target is among the first C, for each C; nan for users who do not count.

    Of ``recall@C, head`` those count whose target is popular, of ``recall@C, tail`` the others.
    """
    found, where = ask(model, cases, lambda part, scores: places(scores, part), n_items=len(popular) - 1)
    rank, head = in_order(found, where), popular[cases.target]
    told = {f"recall@{count}": (rank <= count).double() for count in COUNTS}
    for name, rows in (("head", head), ("tail", ~head)):
        hit = told[f"recall@{CANDIDATES}"].clone()
        hit[~rows] = torch.nan
        told[f"recall@{CANDIDATES}, {name}"] = hit
    return {name: values.numpy() for name, values in told.items()} | {"head share": head.double().numpy()}


def ranked(model: Recommender, cases: Cases) -> PerUser:
    """HR@k, NDCG@k and the reciprocal rank of each tested user."""
    found = evaluate(model, cases, KS, with_coverage=False)
    return {name: np.asarray(found.values(name)) for name in found.metrics}


def apart(one: PerUser, other: PerUser) -> dict[str, list[float]]:
    """``{metric: [mean, low, high]}`` of one minus the other, paired over users."""
    found = {}
    for name in one.keys() & other.keys() - {"head share"}:
        values = one[name] - other[name]
        values = values[~np.isnan(values)]
        mean, error = float(values.mean()), 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
        found[name] = [mean, mean - error, mean + error]
    return dict(sorted(found.items()))


def head_items(split: Split) -> Tensor:
    """``(V+1,)`` bool: the most popular items, which together make half of the training events."""
    targets = split.train.targets
    count = torch.bincount(targets[targets > 0], minlength=split.log.n_items + 1)
    order = count.argsort(descending=True, stable=True)
    half = int((count[order].cumsum(0) < count.sum() / 2).sum()) + 1
    return torch.zeros(len(count), dtype=torch.bool).index_fill(0, order[:half], True)


def stage_rows(seed: int) -> list[dict]:
    split, head = split_of(), head_items(split_of())
    oracle = oracle_of()
    models: dict[str, Recommender] = {loss: first_stage(seed, loss) for loss in LOSSES}
    first = models[LOSSES[0]]
    assert isinstance(first, Model)
    stage = Indexed(first, build_index(first.item_matrix()), CANDIDATES)  # type: ignore[arg-type]
    near = Indexed(
        first, build_index(first.item_matrix(), "hnsw"), CANDIDATES
    )  # faster, and good enough here
    rankers = {f"ranker: {kind}": ranker(seed, first, near, kind) for kind in NEGATIVES}
    told: dict[str, PerUser] = {
        "first stage alone": figures(first, split.test, head),
        **{name: ranked(TwoStage(stage, model, add=True), split.test) for name, model in rankers.items()},
        "oracle as ranker": ranked(TwoStage(stage, oracle), split.test),
        **{loss: figures(models[loss], split.test, head) for loss in LOSSES[1:]},
        "oracle alone": figures(oracle, split.test, head),
    }
    spent = milliseconds(stage, next(iter(rankers.values())), split.test)
    return [
        {
            "variant": variant,
            "world": "large",
            "model": "din" if "ranker:" in variant else "oracle" if "oracle" in variant else "gru4rec",
            "protocol": split.protocol,
            "settings": {"first": {**FIRST, **FIRST_TRAINING}, "ranker": {**RANKER, **RANKER_TRAINING},
                         "candidates": CANDIDATES, "negatives": NEGATIVES, "steps": STEPS},
            "data": {**split.log.describe(), "tested": TESTED, "users of the ranker": RANKED},
            "test": {name: float(np.nanmean(values)) for name, values in test.items()},
            "minus": {other: apart(test, told[other]) for other in COMPARED if other != variant},
            **({"milliseconds": spent} if variant == "first stage alone" else {}),
        }
        for variant, test in told.items()
    ]  # fmt: skip


def figures(model: Recommender, cases: Cases, head: Tensor) -> PerUser:
    return {**ranked(model, cases), **recall_by_count(model, cases, head)}


class Remembered:
    """The oracle's scores of the tested users, computed once: each of its steps costs 100,000 numbers."""

    def __init__(self, oracle: OracleModel, cases: Cases) -> None:
        self.n_items = oracle.n_items
        parts = [oracle.score(cases.batch.rows(slice(n, n + 25))).float() for n in range(0, len(cases), 25)]
        self.scores, self.row = torch.cat(parts), {int(user): n for n, user in enumerate(cases.batch.users)}

    def score(self, batch, candidates=None) -> Tensor:
        scores = self.scores[[self.row[int(user)] for user in batch.users]]
        return scores if candidates is None else scores.gather(1, candidates)


@cache
def oracle_of() -> Remembered:
    return Remembered(OracleModel(world_of()), split_of().test)


def milliseconds(stage: Indexed, second: DIN, cases: Cases, times: int = 200) -> dict[str, float]:
    """Median time of each stage for one request alone."""
    near = Indexed(stage.model, build_index(stage.model.item_matrix(), "hnsw"), CANDIDATES)
    spent: dict[str, list[float]] = {}

    def clock(name: str, work: Callable[[], object]) -> object:
        started = time.perf_counter()
        result = work()
        spent.setdefault(name, []).append(1000 * (time.perf_counter() - started))
        return result

    with asked(second):
        for row in range(times):
            batch = cases.batch.rows(slice(row, row + 1)).trim()
            query = clock("encode", lambda batch=batch: stage.queries(batch))
            found = clock("exact search", lambda query=query: stage.index.search(query, CANDIDATES))
            clock("nearly exact search", lambda query=query: near.index.search(query, CANDIDATES))
            clock("rank", lambda batch=batch, found=found: second.score(batch, found.items))
            every = torch.arange(1, 1 + CANDIDATES * 50)[None]
            if row < 5:
                clock("rank 5,000", lambda batch=batch, every=every: second.score(batch, every))
    return {name: median(values) for name, values in spent.items()}
