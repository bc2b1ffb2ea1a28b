"""Answers to the exercises of page 16b in unusual styles and with usual mistakes, and what is said of each.

They were written by the author of the exercises: a trial by somebody else is still to come.
"""

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("from-here-on")
def by_a_matrix(rewards, lengths, discount):
    """One product with the powers of the discount."""
    steps = np.arange(rewards.shape[1])
    away = steps[:, None] - steps  # (later, now)
    power = np.where(away >= 0, float(discount) ** np.maximum(away, 0), 0.0)
    real = steps < np.asarray(lengths)[:, None]
    return (np.asarray(rewards) * real) @ power * real


def sums(rewards, lengths, discount, back=False, own=True, stop=True):
    found = []
    for row, n in zip(rewards.tolist(), lengths.tolist(), strict=True):
        n = n if stop else len(row)
        line = []
        for t in range(len(row)):
            places = range(t + 1) if back else range(t if own else t + 1, n)
            line.append(sum(discount ** abs(j - t) * row[j] for j in places) if t < n else 0.0)
        found.append(line)
    return found


wrongs("from-here-on", sums, {"back": True}, {"own": False}, {"stop": False})


@right("slope-of-the-list")
def by_powers(p, k):
    return [k * (1 - float(each)) ** (k - 1) for each in p]


wrongs("slope-of-the-list", lambda p, k, power=0, turn=False: k * (p if turn else 1 - p) ** (k - 1 + power),
       {"power": 1}, {"turn": True})  # fmt: skip


@wrong("slope-of-the-list")
def chance_of_being_there(p, k):
    return 1 - (1 - p) ** k


@right("weighed-and-capped")
def one_by_one(log_policy, log_behaviour, returns, cap):
    ratios = np.exp(np.asarray(log_policy)) / np.exp(np.asarray(log_behaviour))
    return np.minimum(ratios, cap) * np.asarray(returns)


@wrong("weighed-and-capped")
def as_it_stands(log_policy, log_behaviour, returns, cap):
    return ((log_behaviour - log_policy).exp() * returns).clamp(max=cap)


@wrong("weighed-and-capped")
def without_a_cap(log_policy, log_behaviour, returns, cap):
    return (log_policy - log_behaviour).exp() * returns


@wrong("weighed-and-capped")
def cap_at_the_end(log_policy, log_behaviour, returns, cap):
    return torch.minimum((log_policy - log_behaviour).exp() * returns, torch.tensor(cap))


@right("what-values-learn")
def step_by_step(rewards, chooses, judges, ends, discount):
    found = []
    for r, a, b, over in zip(rewards, chooses, judges, ends, strict=True):
        found.append(float(r) + (0.0 if over else discount * float(b[int(a.argmax())])))
    return torch.tensor(found, dtype=torch.float64)


wrongs(
    "what-values-learn",
    lambda rewards, chooses, judges, ends, discount, by="judges": (
        rewards + discount * (judges if by == "judges" else chooses).max(1).values * ~ends
    ),
    {"by": "judges"},
    {"by": "chooses"},
)


@wrong("what-values-learn")
def never_over(rewards, chooses, judges, ends, discount):
    best = chooses.argmax(1)
    return rewards + discount * judges[torch.arange(len(best)), best]


@right("menu-that-tells")
def as_arrays():
    return np.array([0.8, 0.85, 0.5]), np.array([0.4, 0.0, 0.75]), 0.5


@wrong("menu-that-tells")
def clicks_alone():
    return [0.2, 0.9, 0.1], [0.9, 0.1, 0.2], 5.0


@wrong("menu-that-tells")
def beyond():
    return [0.2, 1.9, 0.1], [0.9, 0.1, 0.2], 5.0


@wrong("menu-that-tells")
def product_agrees():
    return [0.8, 0.85, 0.5], [0.6, 0.0, 0.75], 0.5


@right("what-policies-showed")
def in_capitals():
    return ("Yes", True, "OPEN", False)


@wrong("what-policies-showed")
def baseline_believed():
    return ["yes", "yes", "yes", "no"]


@wrong("what-policies-showed")
def future_in_doubt():
    return ["yes", "open", "open", "no"]


@wrong("what-policies-showed")
def good_enough():
    return ["yes", "yes", "open", "yes"]


@right("way-to-the-optimum")
def way_visitor_by_visitor(sizes, seeds, run, best):
    """Whole numbers of visitors and NumPy: differences first, then one division."""
    shares, errors = [], []
    for size in sizes:
        pairs = [[x.numpy() for x in run(size, seed)] for seed in seeds]
        each = np.mean([a - b for a, b in pairs], axis=0)
        length = best - np.mean([b for _, b in pairs])
        shares.append(each.mean() / length)
        errors.append(each.std(ddof=1) / len(each) ** 0.5 / length)
    return shares + errors


def ways(sizes, seeds, run, best, start=True, divide=True, both=True, over="", one=False, mixed=False):
    rows = []
    for size in sizes:
        pairs = [run(size, seed) for seed in (seeds[:1] if one else seeds)]
        learned, myopic = (torch.stack(x) for x in zip(*pairs, strict=True))
        each = learned - myopic
        values = each.flatten() if over == "all" else each.mean(1 if over == "seeds" else 0)
        length = (best - myopic.mean() if start else best) if divide else 1.0
        gain = (each if start else learned).mean() / length
        rows.append((gain, values.std() / len(values) ** 0.5 / (length if both else 1.0)))
    found = torch.tensor(rows, dtype=torch.float64)
    return found.flatten() if mixed else found.T.flatten()


wrongs("way-to-the-optimum", ways, {"start": False}, {"divide": False}, {"both": False}, {"over": "all"},
       {"over": "seeds"}, {"one": True}, {"mixed": True})  # fmt: skip


SAID = {
    "from-here-on": "passes past without-own padding",
    "slope-of-the-list": "passes power-k p-for-one-minus-p chance-itself",
    "weighed-and-capped": "passes value uncapped capped-product",
    "what-values-learn": "passes single no-judge endless",
    "menu-that-tells": "passes by_stay invalid by_both",
    "what-policies-showed": "passes sentence-3-yes sentence-2-open sentence-4-yes",
    "way-to-the-optimum": (
        "passes part-of-the-optimum clicks-gained error-in-clicks all-runs-apart over-seeds first-seed "
        "size-by-size"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
