"""Answers to the exercises of chapter 17, written from the tasks alone, and what is said of each."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("residual-codes")
def codes_with_loops(z, books):
    rows = []
    for vector in z.numpy():
        rest, word = vector.copy(), []
        for book in books.numpy():
            lengths = [math.dist(rest, each) for each in book]
            word.append(lengths.index(min(lengths)))
            rest -= book[word[-1]]
        rows.append(word)
    return rows


def codes(z, books, left=True, by="distance", order=1, turned=False, sign=1):
    left_over, found = z, []
    for book in books.flip(0) if order < 0 else books:
        if by == "distance":
            code = torch.cdist(left_over, book).argmin(1)
        elif by == "product":
            code = (left_over @ book.T).argmax(1)
        elif by == "cosine":
            code = torch.cosine_similarity(left_over[:, None], book[None], dim=2).argmax(1)
        elif by == "city":
            code = (left_over[:, None] - book).abs().sum(2).argmin(1)
        else:
            code = torch.cdist(left_over, book).argmax(1)
        found.append(code)
        left_over = left_over - sign * book[code] if left else z
    return torch.stack(found, 0 if turned else 1)


wrongs("residual-codes", codes, {"left": False}, {"by": "product"}, {"by": "cosine"}, {"by": "city"},
       {"by": "far"}, {"order": -1}, {"turned": True}, {"sign": -1})  # fmt: skip
wrong("residual-codes")(lambda z, books: codes(z, books) + 1)


@wrong("residual-codes")
def rest_of_the_last_word(z, books):
    found = []
    for level in range(len(books)):
        rest = z if not level else z - books[level - 1][found[-1]]
        found.append(torch.cdist(rest, books[level]).argmin(1))
    return torch.stack(found, 1)


@right("straight-through")
def by_hand_in_numpy(z, book, x, beta):
    z, book, x = (each.detach().numpy() for each in (z, book, x))
    loss, of_z, of_book = 0.0, np.zeros_like(z), np.zeros_like(book)
    for n in range(len(z)):
        c = int(np.argmin([((z[n] - word) ** 2).sum() for word in book]))
        miss, gap = book[c] - x[n], z[n] - book[c]
        loss += (miss**2).sum() + (1 + beta) * (gap**2).sum()
        of_z[n] = 2 * miss + 2 * beta * gap
        of_book[c] -= 2 * gap
    return loss, of_z, of_book


def through(z, book, x, beta, out="through", swapped=False, mean="", weight=1.0, both=False):
    z, book = z.clone().requires_grad_(), book.clone().requires_grad_()
    word = book[torch.cdist(z, book).argmin(1)]
    result = {
        "through": z + (word - z).detach(),
        "cut": word.detach(),
        "word": word,
        "both": z + word - z.detach(),
        "z": z,
    }[out]
    loss = (result - x).square().sum()
    for_z, for_book = (z - word.detach()).square().sum(), (z.detach() - word).square().sum()
    if both:
        for_z = for_book = (z - word).square().sum()
    loss = loss + (for_z + beta * for_book if swapped else weight * for_book + beta * for_z)
    grads = torch.autograd.grad(loss / len(z) if "g" in mean else loss, [z, book])
    return (loss / len(z) if "l" in mean else loss).detach(), *grads


wrongs("straight-through", through, {"out": "cut"}, {"swapped": True}, {"mean": "g"}, {"mean": "gl"},
       {"out": "word"}, {"out": "both"}, {"out": "z"}, {"both": True}, {"mean": "l"},
       {"out": "cut", "swapped": True}, {"out": "cut", "swapped": True, "mean": "g"})  # fmt: skip
wrong("straight-through")(lambda z, book, x, beta: (lambda a, b, c: (a, c, b))(*through(z, book, x, beta)))


@right("trie-beam")
def beam_of_strings(log_p, items, width):
    alive = {(): 0.0}
    for level in range(1, len(items[0]) + 1):
        allowed = {tuple(item[:level]) for item in items}
        scored = {}
        for word in allowed:
            if word[:-1] in alive:
                scored[word] = alive[word[:-1]] + float(log_p(list(word[:-1]))[word[-1]])
        alive = dict(sorted(scored.items(), key=lambda pair: pair[1], reverse=True)[:width])
    return np.array([list(word) for word in alive])


def beam(log_p, items, width, trie="each", order=True, keep="width", total="sum", repeat=False):
    beams = [([], 0.0)]
    length = len(items[0])
    for level in range(length):
        new = []
        for word, score in beams:
            p = log_p(word)
            for code in range(len(p)):
                longer = [*word, code]
                hits = sum(list(item[: level + 1]) == longer for item in items)
                if trie == "each" and not hits:
                    continue
                if trie == "codes" and not any(item[level] == code for item in items):
                    continue
                value = float(p[code])
                value = {
                    "sum": score + value,
                    "last": value,
                    "product": score * value,
                    "p": score + math.exp(value),
                }[total]
                new += [(longer, value)] * (hits if repeat else 1)
        new.sort(key=lambda pair: -pair[1] if order else pair[1])
        if keep == "per prefix":
            short = []
            for word, _ in beams:
                short += [pair for pair in new if pair[0][:-1] == word][:width]
            new = sorted(short, key=lambda pair: -pair[1])
        elif trie == "late":
            new = new[:width]
        else:
            new = new[: 1 if keep == "one" else width]
        beams = new
    if trie == "late":
        beams = [(word, score) for word, score in beams if word in [list(item) for item in items]]
    return torch.tensor([word for word, _ in beams], dtype=torch.int64).reshape(-1, length)


wrongs("trie-beam", beam, {"trie": "late"}, {"trie": "none"}, {"trie": "codes"}, {"total": "last"},
       {"total": "p"}, {"keep": "one"}, {"keep": "per prefix"}, {"order": False},
       {"repeat": True})  # fmt: skip
wrong("trie-beam")(lambda log_p, items, width: beam(log_p, items, width).flip(0))


@wrong("trie-beam")
def all_items_scored(log_p, items, width):
    score = [sum(float(log_p(list(item[:n]))[item[n]]) for n in range(len(item))) for item in items]
    best = sorted(range(len(items)), key=lambda n: -score[n])[:width]
    return torch.tensor([list(items[n]) for n in best])


@right("gate-of-parts")
def gate_item_by_item(parts, known, weight, bias):
    weight, bias = weight.numpy(), bias.numpy()
    rows = []
    for a, k in zip(parts.numpy(), known.numpy(), strict=True):
        a = np.where(k[:, None], a, 0)
        logits = [float(w @ a.ravel() + b) for w, b in zip(weight, bias, strict=True)]
        top = max((v for v, there in zip(logits, k, strict=True) if there), default=0.0)
        odds = [math.exp(v - top) if there else 0.0 for v, there in zip(logits, k, strict=True)]
        row = np.zeros(a.shape[1])
        for share, vector in zip(odds, a, strict=True):
            row += share / (sum(odds) or 1) * vector
        rows.append(row)
    return np.stack(rows)


def gated(
    parts, known, weight, bias, cut=True, mask=True, times=False, nothing=True, form="softmax", b=1, mix=False
):
    known = known.bool()
    a = parts * known[..., None] if cut else parts
    logits = a.flatten(1) @ weight.T + b * bias
    if form == "sigmoid":
        share = logits.sigmoid() * known
    elif form == "mean":
        share = known / known.sum(1, keepdim=True).clamp(min=1)
    elif form == "zero":
        share = (logits * known).softmax(1)
    elif form == "items":
        share = logits.masked_fill(~known, -1e9).softmax(0)
    elif form == "after":
        share = logits.softmax(1) * known
    else:
        share = (logits.masked_fill(~known, -torch.inf) if mask else logits).softmax(1)
    if nothing:
        share = share.nan_to_num()
    return (len(bias) if times else 1) * (share[..., None] * (parts if mix else a)).sum(1)


wrongs("gate-of-parts", gated, {"cut": False}, {"mask": False}, {"times": True}, {"nothing": False},
       {"form": "sigmoid"}, {"form": "mean"}, {"form": "zero"}, {"form": "items"}, {"form": "after"},
       {"b": 0})  # fmt: skip
wrong("gate-of-parts")(lambda parts, known, weight, bias: (parts * known[..., None]).sum(1))


@wrong("gate-of-parts")
def mean_where_nothing_is_known(parts, known, weight, bias):
    a = parts * known[..., None]
    logits = (a.flatten(1) @ weight.T + bias).masked_fill(~known, -1e9)
    return (logits.softmax(1)[..., None] * parts).sum(1)


@right("cold-cases")
def cold_by_counter(items, times, moment, most, targets):
    met = Counter(i for i, t in zip(items.tolist(), times.tolist(), strict=True) if t < moment)
    return [met[target] <= most for target in targets.tolist()]


def colder(items, times, moment, most, targets, which="before", less=False, turned=False, absent=True):
    rows = {
        "before": times < moment,
        "till": times <= moment,
        "all": times == times,
        "after": times >= moment,
    }[which]
    n = torch.stack([(items[rows] == target).sum() for target in targets])
    found = n < most if less else n <= most
    if not absent:
        found = found & (n > 0)
    return ~found if turned else found


wrongs("cold-cases", colder, {"which": "till"}, {"which": "all"}, {"which": "after"}, {"less": True},
       {"turned": True}, {"absent": False})  # fmt: skip
wrong("cold-cases")(lambda i, t, m, n, targets: torch.bincount(i[t < m])[targets] <= n)
wrong("cold-cases")(
    lambda i, t, m, n, targets: torch.bincount(i[: int((t < m).sum())], minlength=999)[targets] <= n
)


@wrong("cold-cases")
def first_met_late(items, times, moment, most, targets):
    return torch.tensor([bool((times[items == t] >= moment).all()) for t in targets.tolist()])


@right("parts-that-mislead")
def far_below_nought():
    return np.array([2, 0, -2]), [-8, 0, -18], (True, False, True)


@wrong("parts-that-mislead")
def everything_known():
    return [2.0, -2.0], [3.0, -3.0], [1, 1]


@wrong("parts-that-mislead")
def one_known():
    return [2.0, 0.0], [-8.0, 0.0], [1, 0]


@wrong("parts-that-mislead")
def high_logits():
    return [2.0, 1.0, -2.0], [10.0, 12.0, 5.0], [1, 0, 1]


@wrong("parts-that-mislead")
def nothing_known():
    return [2.0, -2.0], [1.0, 2.0], [0, 0]


@wrong("parts-that-mislead")
def too_large():
    return [5.0, 0.0, -5.0], [-8.0, 0.0, -18.0], [1, 0, 1]


@wrong("parts-that-mislead")
def logits_too_large():
    return [2.0, 0.0, -2.0], [-80.0, 0.0, -90.0], [1, 0, 1]


@wrong("parts-that-mislead")
def equal_logits_below_nought():
    return [2.0, 0.0, -1.0], [-8.0, 0.0, -8.0], [1, 0, 1]


right("what-parts-brought")(lambda: ("YES", "No", "open", "Open"))
wrong("what-parts-brought")(lambda: ["yes", "yes", "open", "open"])
wrong("what-parts-brought")(lambda: ["yes", "no", "yes", "open"])
wrong("what-parts-brought")(lambda: ["yes", "no", "no", "open"])
wrong("what-parts-brought")(lambda: ["yes", "no", "open", "yes"])
wrong("what-parts-brought")(lambda: ["yes", "no", "open", "no"])
wrong("what-parts-brought")(lambda: ["open", "no", "open", "open"])
wrong("what-parts-brought")(lambda: ["yes", "no", "open"])


@right("hidden-share")
def shares_by_dict(shares, seeds, run):
    seen = {share: [run(share, seed) for seed in seeds] for share in {0.0, *shares}}
    chosen, top = None, -math.inf
    for share in sorted(shares):
        figure = float(np.mean([np.asarray(own).mean() for own, _ in seen[share]]))
        if figure > top:
            chosen, top = share, figure
    gains = []
    for n in range(len(seen[0.0][0][1])):
        gains.append(
            float(np.mean([a[1][n] - b[1][n] for a, b in zip(seen[chosen], seen[0.0], strict=True)]))
        )
    middle = sum(gains) / len(gains)
    error = math.sqrt(sum((g - middle) ** 2 for g in gains) / (len(gains) - 1) / len(gains))
    return chosen, middle, error


def shared(shares, seeds, run, by="own", zero=False, error="cases", last=False, gain="diff", first=False):
    seeds = seeds[:1] if first else seeds
    seen = {share: [run(share, seed) for seed in seeds] for share in [0.0, *shares]}
    own = {s: torch.stack([v for v, _ in pairs]) for s, pairs in seen.items()}
    cold = {s: torch.stack([c for _, c in pairs]) for s, pairs in seen.items()}
    among = sorted([0.0, *shares] if zero else shares, reverse=last)
    figure = {"own": own, "cold": cold}[by]
    best = max(among, key=lambda s: float(figure[s].mean()))
    away = cold[best] - cold[0.0]
    if gain == "own":
        away = own[best] - own[0.0]
    elif gain == "bare":
        away = cold[best]
    elif gain == "turned":
        away = -away
    each = away.mean(0)
    spread = {
        "cases": each.std() / len(each) ** 0.5,
        "std": each.std(),
        "pairs": away.std() / away.numel() ** 0.5,
        "seeds": away.mean(1).std() / len(seeds) ** 0.5,
        "apart": (cold[best].mean(0).var() / len(each) + cold[0.0].mean(0).var() / len(each)) ** 0.5,
        "n": each.std(correction=0) / len(each) ** 0.5,
    }[error]
    return best, each.mean(), spread


right("hidden-share")(lambda shares, seeds, run: shared(shares, seeds, run, zero=True))
wrongs("hidden-share", shared, {"by": "cold"}, {"gain": "own"}, {"gain": "bare"}, {"gain": "turned"},
       {"error": "std"}, {"error": "pairs"}, {"error": "seeds"}, {"error": "apart"}, {"first": True},
       {"last": True})  # fmt: skip

SAID = {
    "residual-codes": "passes nothing-subtracted largest-product value city-block farthest value shape added "
    "value from-the-start",
    "straight-through": "passes gradient-stopped wrong-side-detached gradients-of-the-mean mean "
    "codeword-handed-on book-through-the-output value value value value value shape",
    "trie-beam": "passes shape no-trie no-trie last-code-alone probabilities-added greedy shape worst-first "
    "value value value",
    "gate-of-parts": "passes missing-is-read missing-keeps-weight factor nan value value logit-zero "
    "softmax-over-items missing-keeps-weight no-bias value value",
    "cold-cases": "passes the-moment-itself later-events-count value one-too-few value value error value "
    "by-first-event",
    "parts-that-mislead": "passes zeros_for_missing mean_of_known logit_of_zero invalid invalid invalid "
    "mean_of_known",
    "what-parts-brought": "passes sentence-2-yes sentence-3-yes sentence-3-no sentence-4-yes sentence-4-no "
    "sentence-1-open shape",
    "hidden-share": "passes passes chosen-by-cold gain-on-validation no-control turned-round spread-of-users "
    "all-runs-apart nan not-paired first-seed largest-of-equals",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
