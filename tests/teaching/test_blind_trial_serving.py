"""Answers to the exercises of page 18b in unusual styles and with usual mistakes, and what is said of each.

They were written by the author of the exercises: a trial by somebody else is still to come.
"""

import math

import numpy as np
import pytest
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("frozen-axes")
def by_a_table(run, rows, steps):
    tried = {}
    for name, size in (("rows", (3 * rows, steps)), ("steps", (rows, 2 * steps + 1))):
        try:
            tried[name] = run(*size)[0] != size[0]
        except ValueError:
            tried[name] = True
    return np.array([tried["rows"], tried["steps"]])


def raises(run, *size):
    try:
        run(*size)
    except ValueError:
        return True
    return False


wrong("frozen-axes")(lambda run, rows, steps: (raises(run, rows + 1, steps), raises(run, rows, steps + 1)))
wrong("frozen-axes")(lambda run, rows, steps: (raises(run, rows, steps), raises(run, rows, steps)))
wrong("frozen-axes")(lambda run, rows, steps: (run(rows + 1, steps)[0] == rows, False))
wrong("frozen-axes")(lambda run, rows, steps: True)


@right("late-answers")
def counted(due, sent, done, warm, share):
    spent = [float(b - a) for a, b in zip(due, done, strict=True)][warm:]
    return next(v for v in sorted(spent) if sum(x <= v for x in spent) >= share * len(spent) - 1e-9)


def late(due, sent, done, warm, share, start=None, skip=True, how="rank"):
    spent = np.asarray(done - (due if start is None else sent))[warm if skip else 0 :]
    if how == "numpy":
        return np.percentile(spent, 100 * share)
    if how == "minutes":
        return np.sort(spent)[math.ceil(share * len(spent) - 1e-9) - 1] / 60
    return np.sort(spent)[math.ceil(share * len(spent) - 1e-9) - 1]


wrongs("late-answers", late, {"start": "sent"}, {"skip": False}, {"how": "numpy"}, {"how": "minutes"})


@right("one-worker")
def by_ends(arrival, service):
    ends = []
    for came, takes in zip(np.asarray(arrival), np.asarray(service), strict=True):
        ends.append(max(came, ends[-1] if ends else came) + takes)
    return np.array(ends) - np.asarray(arrival)


def stays(arrival, service, floor=0.0, own=True, idle=True):
    free, found = -math.inf, []
    for came, takes in zip(arrival.tolist(), service.tolist(), strict=True):
        begin = max(came, free) if idle or free > -math.inf else came
        free = begin + takes
        found.append(begin - came + (takes if own else 0.0) + floor)
    return found


wrongs("one-worker", stays, {"own": False}, {"floor": 0.5})
wrong("one-worker")(lambda arrival, service: service)


@right("served-together")
def by_marks(arrival, fixed, each, most):
    came = np.asarray(arrival)
    answer, free, n = np.zeros(len(came)), -math.inf, 0
    while n < len(came):
        begin = max(free, came[n])
        last = min(n + most, int(np.searchsorted(came, begin, side="right")))
        free = begin + fixed + each * (last - n)
        answer[n:last] = free
        n = last
    return (answer - came).mean()


def alone(arrival, fixed, each, most, both=True):
    free, spent = -math.inf, []
    for came in arrival.tolist():
        free = max(free, came) + (fixed if both else 0.0) + each
        spent.append(free - came)
    return sum(spent) / len(spent)


wrongs("served-together", alone, {}, {"both": False})
wrong("served-together")(lambda arrival, fixed, each, most: fixed + each * most)


@right("bodies-that-slip-in")
def one_for_two():
    return (((True, 12), 3), (("07",), 0), (["07"], 1))


@wrong("bodies-that-slip-in")
def all_refused():
    return [([True], 0), (["07"], 0)]


@wrong("bodies-that-slip-in")
def no_zero():
    return [([False], 3), (["07"], 2)]


@wrong("bodies-that-slip-in")
def no_booleans():
    return [([7], 0), (["07"], 2)]


@right("what-the-load-said")
def in_capitals():
    return ("NO", True, False, "open")


@wrong("what-the-load-said")
def batches_believed():
    return ["no", "yes", "no", "yes"]


@wrong("what-the-load-said")
def tenfold():
    return ["yes", "yes", "no", "open"]


@wrong("what-the-load-said")
def workers_alike():
    return ["no", "yes", "yes", "open"]


SAID = {
    "frozen-axes": "passes errors-alone traced-size error shape",
    "late-answers": "passes from-sent warm-up-too between-two value",
    "one-worker": "passes wait-alone value value",
    "served-together": "passes one-by-one value value",
    "bodies-that-slip-in": "passes ids_as_numbers usual_k truth_is_one",
    "what-the-load-said": "passes sentence-4-yes sentence-1-yes sentence-3-yes",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
