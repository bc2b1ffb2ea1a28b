"""Contracts of chapter 15: meaning lost, InfoNCE, attribute tasks, labels of one's own, questions.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from contracts_model import array, close, module, numbers
from equation_contracts import contract

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.augmenting import crop
from seqrec_lib.data.same_target import draw_prefixes
from seqrec_lib.data.worlds.meaning import meaning_lost
from seqrec_lib.data.worlds.questions import answer, information_gain
from seqrec_lib.losses import plain_cross_entropy
from seqrec_lib.losses.attributes import attribute_loss, attribute_vectors
from seqrec_lib.losses.contrastive import ContrastiveObjective, info_nce
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.losses.unlabelled import Consistency, PseudoLabels, left_out
from seqrec_lib.models import build, recipe_settings

V, D = 6, 4
ITEMS = torch.tensor([[3, 1, 6, 2], [5, 2, 0, 0], [1, 4, 5, 0]])
NEXT = torch.tensor([[1, 6, 2, 5], [2, 3, 0, 0], [4, 5, 6, 0]])
BATCH = Batch(items=ITEMS, lengths=torch.tensor([4, 2, 3]), targets=NEXT)
BATCH.steps = (NEXT > 0).flatten().nonzero()[:, 0]


def _histories():
    world = simulate("video", users=6, seed=2)
    items, lengths = world.draw.items[:, :20], torch.full((6,), 20)
    history = Batch(items=items, lengths=lengths)
    return world, history, crop(history, 0.5, torch.Generator().manual_seed(1))


def _turned(world, history, changed):
    return meaning_lost(world, changed[0], [history])


def _all_items(world, history, changed):
    p = world.oracle(history.items, None, history.lengths, None)
    q = world.oracle(changed[0].items, None, changed[0].lengths, None)
    return (p * (p.clamp(min=1e-300).log() - q.clamp(min=1e-300).log())).sum(1)


@contract(
    "eq-meaning-lost",
    kind="code",
    library=meaning_lost,
    perturb={
        "turned round": _turned,
        "seen items stay": _all_items,
        "in bits": lambda w, h, c: meaning_lost(w, h, c) / math.log(2),
    },
)
def meaning(library) -> None:
    """The divergence over items that neither history holds, both predictions brought to sum 1 there."""
    world, history, changed = _histories()
    p = array(world.oracle(history.items, None, history.lengths, None))
    q = array(world.oracle(changed.items, None, changed.lengths, None))
    found = []
    for row in range(6):
        seen = {*history.items[row].tolist(), *changed.items[row].tolist(), 0}
        left = [i for i in range(world.n_items + 1) if i not in seen]
        a, b = sum(p[row, i] for i in left), sum(q[row, i] for i in left)
        found.append(sum(p[row, i] / a * math.log(p[row, i] / a / (q[row, i] / b)) for i in left))
    close(array(library(world, history, [changed])), found)


def _with_itself(first, second, tau):
    views = torch.cat([first, second])
    b = len(first)
    return F.cross_entropy(views @ views.T / tau, (torch.arange(2 * b) + b) % (2 * b))


@contract(
    "eq-info-nce",
    kind="code",
    library=info_nce,
    perturb={
        "itself below the line": _with_itself,
        "temperature multiplies": lambda a, b, tau: info_nce(a, b, 1 / tau),
        "one way": lambda a, b, tau: F.cross_entropy(a @ b.T / tau, torch.arange(len(a))),
        "cosine": lambda a, b, tau: info_nce(a, b, tau, cosine=True),
    },
)
def nce(library) -> None:
    """Each of 2B views finds the other one of its row among all but itself."""
    first, second = numbers(1, 5, 3), numbers(2, 5, 3)
    views = array(torch.cat([first, second]))
    total = 0.0
    for m in range(10):
        score = {n: sum(x * y for x, y in zip(views[m], views[n], strict=True)) / 0.7 for n in range(10)}
        below = sum(math.exp(score[n]) for n in range(10) if n != m)
        total -= math.log(math.exp(score[(m + 5) % 10]) / below)
    close(float(library(first, second, 0.7)), total / 10)


def _chance():
    return {name: torch.Generator().manual_seed(4) for name in ("negatives", "masks")}


def _contrasted(model, weight=None):
    if weight is not None:
        model.contrast = SimpleNamespace(**{**vars(model.contrast), "weight": weight})
    task = ContrastiveObjective(plain_cross_entropy)
    task.prepare(model, SimpleNamespace(train=BATCH))
    return task(model, BATCH, _chance())[0]


@contract(
    "eq-contrast-total",
    kind="code",
    library=_contrasted,
    perturb={
        "no weight": lambda model: _contrasted(model, 1.0),
        "the task alone": lambda model: (
            _contrasted(model) - NextItemObjective(plain_cross_entropy)(model, BATCH, _chance())[0]
        ),
        "a mix": lambda model: (
            _contrasted(model) - 0.3 * NextItemObjective(plain_cross_entropy)(model, BATCH, _chance())[0]
        ),
    },
)
def total(library) -> None:
    """The loss of the next item and the weight times that of the views, drawn from the same chance."""
    settings = recipe_settings("duorec", V, dim=D, max_len=5, dropout=0.0, ff_width=5, weight=0.3)
    model = module(lambda: build(settings))
    plain = float(NextItemObjective(plain_cross_entropy)(model, BATCH, _chance())[0])
    task = ContrastiveObjective(plain_cross_entropy)
    task.prepare(model, SimpleNamespace(train=BATCH))
    chance = _chance()["masks"]
    history, target = draw_prefixes(BATCH, chance)
    other, _ = task.view(model, history, target, 1, chance)
    views = array(torch.cat([model.view_states(history), model.view_states(other)]))
    pulled = 0.0
    for m in range(6):
        score = [float(views[m] @ views[n]) for n in range(6)]
        below = sum(math.exp(score[n]) for n in range(6) if n != m)
        pulled -= (score[(m + 3) % 6] - math.log(below)) / 6
    close(float(library(model)), plain + 0.3 * pulled)


@contract(
    "eq-attribute-task",
    kind="code",
    library=lambda states, items, table, own: attribute_loss(states, attribute_vectors(items, table), own),
    perturb={
        "sums of vectors": lambda s, items, t, own: attribute_loss(s, t.T @ items, own),
        "softmax": lambda s, items, t, own: F.cross_entropy(s @ attribute_vectors(items, t).T, own),
        "a sum over attributes": lambda s, items, t, own: (
            attribute_loss(s, attribute_vectors(items, t), own) * own.shape[1]
        ),
    },
)
def attribute_task(library) -> None:
    """Binary cross-entropy of each attribute, whose vector is the mean of its items'."""
    items, states = numbers(3, V + 1, D), numbers(4, 5, D)
    table = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1], [0, 1], [1, 0], [0, 1]], dtype=torch.float64)
    own = table[torch.tensor([2, 1, 6, 4, 3])]
    e, z = array(items), array(states)
    loss = 0.0
    for a in range(2):
        having = [i for i in range(V + 1) if table[i, a]]
        vector = sum(e[i] for i in having) / len(having)
        for n in range(5):
            p = 1 / (1 + math.exp(-sum(x * y for x, y in zip(z[n], vector, strict=True))))
            loss -= math.log(p if own[n, a] else 1 - p)
    close(float(library(states, items, table, own)), loss / 10)


SHOWN = torch.tensor([[2, 5, 1], [3, 1, 0], [6, 2, 4]])
SLATES = Batch(items=ITEMS, lengths=BATCH.lengths, candidates=SHOWN)


class _Scores:
    """A model whose scores are given: by row and place, and by the length of the history."""

    def __init__(self) -> None:
        self.table = 3 * numbers(5, 3, 3)

    def eval(self):
        return self

    train = eval

    def score(self, batch, candidates):
        return self.table + 0.1 * batch.lengths[:, None]


class _Nothing:
    name = "nothing"

    def prepare(self, model, split) -> None:
        """Nothing."""

    def __call__(self, model, batch, generators):
        return torch.zeros((), dtype=torch.float64), 1


def _pseudo(threshold=0.9, weight=0.3, **more):
    def run(model):
        task = PseudoLabels(_Nothing(), SLATES, weight, threshold, **more)
        return weight * task.loss(model, SLATES, torch.Generator())

    return run


def _on_scores(model):
    scores = model.score(SLATES, SHOWN)[SHOWN > 0]
    each = F.binary_cross_entropy_with_logits(scores, (scores > 0).double(), reduction="none")
    return 0.3 * (each * (scores.abs() > 0.9)).mean()


@contract(
    "eq-pseudo-label",
    kind="code",
    library=_pseudo(),
    perturb={
        "all kept": _pseudo(threshold=0.5),
        "soft": _pseudo(soft=True),
        "full weight": _pseudo(weight=1.0),
        "threshold on scores": _on_scores,
    },
)
def pseudo(library) -> None:
    """What the model is sure of gets its own label; the mean is over all that was shown."""
    model, total, count = _Scores(), 0.0, 0
    scores = array(model.score(SLATES, SHOWN))
    for row in range(3):
        for place in range(3):
            if SHOWN[row, place]:
                p, count = 1 / (1 + math.exp(-scores[row, place])), count + 1
                if max(p, 1 - p) >= 0.9:
                    total -= math.log(p if p > 0.5 else 1 - p)
    assert total > 0
    close(float(library(model)), 0.3 * total / count)


def _consistent(model):
    task = Consistency(_Nothing(), SLATES, 0.3, dropped=0.5)
    return 0.3 * task.loss(model, SLATES, torch.Generator().manual_seed(6))


def _of_scores(model):
    changed = left_out(SLATES, _gone())
    gap = model.score(changed, SHOWN) - model.score(SLATES, SHOWN)
    return 0.3 * gap[SHOWN > 0].square().mean()


def _gone():
    from seqrec_lib.data.augmenting import choose_steps

    return choose_steps(SLATES, 0.5, torch.Generator().manual_seed(6))


@contract(
    "eq-consistency",
    kind="code",
    library=_consistent,
    perturb={
        "of scores": _of_scores,
        "no weight": lambda model: _consistent(model) / 0.3,
        "not squared": lambda model: _consistent(model) ** 0.5,
    },
)
def consistent(library) -> None:
    """The squared change of the probabilities when some steps of the history are left out."""
    model = _Scores()
    left = [int(n) for n in SLATES.lengths - _gone().sum(1)]
    assert left != SLATES.lengths.tolist()
    total = 0.0
    for row in range(3):
        for place in range(3):
            if SHOWN[row, place]:
                base = float(model.table[row, place])
                p, q = (1 / (1 + math.exp(-(base + 0.1 * n))) for n in (int(SLATES.lengths[row]), left[row]))
                total += (p - q) ** 2
    close(float(library(model)), 0.3 * total / int((SHOWN > 0).sum()))


BELIEF = torch.tensor([[0.5, 0.2, 0.3], [0.1, 0.8, 0.1]], dtype=torch.float64)
YES = torch.tensor([[0.9, 0.1, 0.4], [0.2, 0.2, 0.3], [0.05, 0.6, 0.5], [0.3, 0.3, 0.3]], dtype=torch.float64)


def _both(rule):
    return torch.stack(
        [rule(BELIEF, YES[[0, 2]], torch.tensor(said)) for said in ([True, False], [False, True])]
    )


@contract(
    "eq-belief",
    kind="code",
    library=answer,
    perturb={
        "the prior is forgotten": lambda b, yes, said: answer(torch.full_like(b, 1 / 3), yes, said),
        "not brought to 1": lambda b, yes, said: b * torch.where(said[:, None], yes, 1 - yes),
        "a no is no answer": lambda b, yes, said: torch.where(said[:, None], answer(b, yes, said), b),
    },
)
def bayes(library) -> None:
    """The belief times how likely each type gives the answer, brought to sum 1."""
    found = []
    for said in ((True, False), (False, True)):
        for row, item in ((0, 0), (1, 2)):
            yes = [float(y) if said[row] else 1 - float(y) for y in YES[item]]
            joint = [float(b) * y for b, y in zip(BELIEF[row], yes, strict=True)]
            found.append([each / sum(joint) for each in joint])
    close(array(_both(library)).reshape(4, 3), found)


def _answer_entropy(belief, yes):
    p = belief @ yes.T
    return -(p * p.log() + (1 - p) * (1 - p).log())


@contract(
    "eq-information-gain",
    kind="code",
    library=information_gain,
    perturb={
        "the answer's entropy": _answer_entropy,
        "a flat belief": lambda b, yes: information_gain(torch.full_like(b, 1 / 3), yes),
        "in bits": lambda b, yes: information_gain(b, yes) / math.log(2),
    },
)
def gain(library) -> None:
    """The entropy of the belief less its mean entropy after a yes or a no."""

    def entropy(p):
        return -sum(x * math.log(x) for x in p)

    found = []
    for row in range(2):
        belief = [float(b) for b in BELIEF[row]]
        gains = []
        for item in range(4):
            value = entropy(belief)
            for said in (True, False):
                likely = [float(y) if said else 1 - float(y) for y in YES[item]]
                joint = [b * y for b, y in zip(belief, likely, strict=True)]
                value -= sum(joint) * entropy([each / sum(joint) for each in joint])
            gains.append(value)
        found.append(gains)
    close(array(library(BELIEF, YES)), found)
