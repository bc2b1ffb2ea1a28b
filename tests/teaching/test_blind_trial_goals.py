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


@wrong("esmm-loss")
def purchases_of_all_rows(click, bought, clicked, purchased):
    bce = torch.nn.functional.binary_cross_entropy
    return bce(click.sigmoid(), clicked) + bce(bought.sigmoid(), purchased)


@right("share-among-clicks")
def by_counts(click, bought):
    click, bought = click.numpy(), bought.numpy()
    among = np.average(bought, weights=click)
    return among, bought.mean(), np.mean((click - click.mean()) * (bought - bought.mean())) / click.mean()


@wrong("share-among-clicks")
def no_selection(click, bought):
    return bought.mean(), bought.mean(), 0.0


@wrong("share-among-clicks")
def purchases_of_an_impression(click, bought):
    both = (click * bought).mean()
    return both, bought.mean(), both - bought.mean()


@wrong("share-among-clicks")
def covariance_of_numpy(click, bought):
    among = (click * bought).sum() / click.sum()
    return among, bought.mean(), np.cov(click.numpy(), bought.numpy())[0, 1] / click.mean()


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


@wrong("mgda-weight")
def weight_of_the_other(first, second):
    return (((first - second) @ first) / ((first - second) @ (first - second))).clamp(0, 1)


@wrong("mgda-weight")
def longer_ones_count_less(first, second):
    return (1 / first.norm()) / (1 / first.norm() + 1 / second.norm())


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


@wrong("pcgrad-step")
def in_place(gradients, orders):
    gradients = gradients.clone()
    for mine, order in zip(gradients, orders, strict=True):
        for other in gradients[order]:
            if mine @ other < 0:
                mine -= (mine @ other) / (other @ other) * other
    return gradients.sum(0)


@wrong("pcgrad-step")
def averaged_over_goals(gradients, orders):
    return goal_by_goal(gradients, orders) / len(gradients)


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


@wrong("front-of-points")
def beaten_everywhere(points):
    found = []
    for n, row in enumerate(points):
        if not (points > row).all(1).any() and not (points[:n] == row).all(1).any():
            found.append(n)
    return found


@wrong("front-of-points")
def winners_of_each_goal(points):
    return sorted(set(points.argmax(0).tolist()))


@right("points-that-hide")
def in_another_order():
    return [[0, 9], [9, 0], [9, 2], [2, 5], [4, 4]]


@wrong("points-that-hide")
def a_round_front():
    return [[10, 0], [7, 7], [0, 10]]


@wrong("points-that-hide")
def a_dent_and_no_tie():
    return [[9, 1], [8, 3], [4, 4], [3, 8], [1, 9]]


@wrong("points-that-hide")
def a_square_of_corners():
    return [[0, 0], [0, 10], [10, 0], [10, 10]]


right("what-goals-say")(lambda: ("Yes", "No", "Open", "Open"))
wrong("what-goals-say")(["no", "no", "open", "open"])
wrong("what-goals-say")(["yes", "yes", "open", "open"])
wrong("what-goals-say")(["yes", "no", "yes", "no"])


@right("gain-of-sharing")
def run_by_run(forms, seeds, run):
    mean = {}
    for form in ["shared-bottom", *forms]:
        runs = [[part.numpy() for part in run(form, seed)] for seed in seeds]
        mean[form] = [np.mean(part, axis=0) for part in zip(*runs, strict=True)]
    place = int(np.argmin([mean[form][0].mean() for form in forms]))
    gain = mean["shared-bottom"][1] - mean[forms[place]][1]
    return place, gain.mean(), np.std(gain, ddof=1) / math.sqrt(gain.size)


@wrong("gain-of-sharing")
def fresh_users_choose(forms, seeds, run):
    return run_by_run(forms, seeds, lambda form, seed: 2 * run(form, seed)[1:])


@wrong("gain-of-sharing")
def form_minus_control(forms, seeds, run):
    place, gain, error = run_by_run(forms, seeds, run)
    return place, -gain, error


@wrong("gain-of-sharing")
def one_seed_is_enough(forms, seeds, run):
    return run_by_run(forms, seeds[:1], run)


SAID = {
    "esmm-loss": "passes clicked-rows logits-added after-a-click",
    "share-among-clicks": "passes no-selection per-impression sample",
    "mgda-weight": "passes unclipped swapped by-length",
    "pcgrad-step": "passes summed-first altered-others mean",
    "front-of-points": "passes equal-kept strict best-of-each",
    "points-that-hide": "passes by_weights beaten_in_all by_weights",
    "what-goals-say": "passes sentence-1-no sentence-2-yes sentence-3-yes",
    "gain-of-sharing": "passes chosen-by-fresh turned-round first-seed",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
