"""Answers to the exercises of chapter 16 in unusual styles and with usual mistakes, and what is said of each.

They were written by the author of the exercises: a trial by somebody else is still to come.
"""

import math

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong = trial.right, trial.wrong


@right("esmm-loss")
def row_by_row(click, bought, clicked, purchased):
    total = 0.0
    for a, b, c, y in zip(*(each.tolist() for each in (click, bought, clicked, purchased)), strict=True):
        p, q = 1 / (1 + math.exp(-a)), 1 / (1 + math.exp(-b))
        total -= math.log(p if c else 1 - p) + math.log(p * q if y else 1 - p * q)
    return total / len(click)


@wrong("esmm-loss")
def clicked_only(click, bought, clicked, purchased):
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    rows = clicked.bool()
    return bce(click, clicked) + bce(bought[rows], purchased[rows])


@wrong("esmm-loss")
def sum_of_logits(click, bought, clicked, purchased):
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    return bce(click, clicked) + bce(click + bought, purchased)


@right("share-among-clicks")
def by_counts(click, bought):
    click, bought = click.numpy(), bought.numpy()
    among = np.average(bought, weights=click)
    return among, bought.mean(), np.mean((click - click.mean()) * (bought - bought.mean())) / click.mean()


@wrong("share-among-clicks")
def no_selection(click, bought):
    return bought.mean(), bought.mean(), 0.0


@right("mgda-weight")
def on_a_grid_refined(first, second):
    low, high = 0.0, 1.0
    for _ in range(200):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        shorter = (a * first + (1 - a) * second).norm() < (b * first + (1 - b) * second).norm()
        low, high = (low, b) if shorter else (a, high)
    return (low + high) / 2


@wrong("mgda-weight")
def not_clipped(first, second):
    return ((second - first) @ second) / ((first - second) @ (first - second))


@right("pcgrad-step")
def goal_by_goal(gradients, orders):
    total = torch.zeros_like(gradients[0])
    for k, order in enumerate(orders):
        mine = gradients[k]
        for other in order:
            unit = gradients[other] / gradients[other].norm()
            mine = mine - torch.clamp(mine @ unit, max=0) * unit
        total = total + mine
    return total


@wrong("pcgrad-step")
def just_the_sum(gradients, orders):
    return sum(gradients)


@right("front-of-points")
def as_an_array(points):
    rows = [tuple(row) for row in points.tolist()]
    best = [n for n, row in enumerate(rows) if rows.index(row) == n and not any(
        all(a >= b for a, b in zip(other, row, strict=True)) and other != row for other in rows
    )]  # fmt: skip
    return np.array(best)


@wrong("front-of-points")
def twins_kept(points):
    beaten = ((points[None] >= points[:, None]).all(2) & (points[None] > points[:, None]).any(2)).any(1)
    return (~beaten).nonzero()[:, 0].tolist()


@right("points-that-hide")
def in_another_order():
    return [[0, 9], [9, 0], [9, 2], [2, 5], [4, 4]]


@wrong("points-that-hide")
def a_round_front():
    return [[10, 0], [7, 7], [0, 10]]


SAID = {
    "esmm-loss": "passes clicked-rows logits-added",
    "share-among-clicks": "passes no-selection",
    "mgda-weight": "passes unclipped",
    "pcgrad-step": "passes summed-first",
    "front-of-points": "passes equal-kept",
    "points-that-hide": "passes by_weights",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
