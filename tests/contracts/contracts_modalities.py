"""Contracts of chapter 17: whitening, adaptors, joins of parts, quantisers, spelling, what is on sale.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module, numbers, softmax
from equation_contracts import contract

from seqrec_lib.data import Batch
from seqrec_lib.encoders.item_parts import START, Experts, Gate, PartAttention
from seqrec_lib.encoders.quantise import residual_codes
from seqrec_lib.encoders.rq_vae import quantise
from seqrec_lib.encoders.whitening import fit_whitening
from seqrec_lib.losses.on_sale import softmax_on_sale
from seqrec_lib.models import build, recipe_settings

N, F, D, M, K = 7, 4, 3, 3, 5
KNOWN = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 0]]).bool()
PARTS = numbers(4, 5, M, D) * KNOWN[..., None]


@contract(
    "eq-white",
    kind="code",
    library=lambda x: fit_whitening(x, "zca")(x),
    perturb={
        "pca": lambda x: fit_whitening(x, "pca")(x),
        "not centred": lambda x: x @ fit_whitening(x, "zca").W,
        "spreads alone": lambda x: (x - x.mean(0)) / x.std(0, correction=0),
        "variances, not spreads": lambda x: fit_whitening(x, "zca")(x) @ fit_whitening(x, "zca").W,
    },
)
def white(library) -> None:
    """(x - b) U diag(l)^(-1/2) U', with the eigenvectors of the covariance; what comes out is white."""
    x = numbers(1, 40, F) @ numbers(2, F, F) + 2
    rows = array(x)
    centre = [sum(row[f] for row in rows) / len(rows) for f in range(F)]
    cov = np.zeros((F, F))
    for row in rows:
        for f in range(F):
            for g in range(F):
                cov[f, g] += (row[f] - centre[f]) * (row[g] - centre[g]) / len(rows)
    values, vectors = np.linalg.eigh(cov)
    W = np.zeros((F, F))
    for value, vector in zip(values, vectors.T, strict=True):
        W += np.outer(vector, vector) / math.sqrt(value)
    found = array(library(x))
    close(found, (rows - centre) @ W)
    np.testing.assert_allclose(found.T @ found / len(rows), np.eye(F), atol=1e-9)


def _experts():
    return module(lambda: Experts(F, D, K), 3)


def _with(made, **changes):
    for name, value in changes.items():
        getattr(made, name).data = value
    return made


@contract(
    "eq-adaptor",
    kind="code",
    library=lambda x, known: _experts()(x, known),
    perturb={
        "no offset": lambda x, known: _with(_experts(), b=torch.zeros(K, F).double())(x, known),
        "even shares": lambda x, known: torch.einsum(
            "vkf,kfd->vd", x[:, :1] - _experts().b, _experts().W
        ) / K,
        "one expert": lambda x, known: (x[:, 0] - _experts().b[0]) @ _experts().W[0],
    },
)  # fmt: skip
def adaptor(library) -> None:
    """The sum over k of g_k (x - b_k) W_k, with g = softmax(x W_g)."""
    made, x = _experts(), numbers(5, N, 1, F)
    b, W, gate = array(made.b), array(made.W), array(made.gate.weight)
    expected = []
    for row in array(x)[:, 0]:
        g = softmax([sum(row[f] * gate[k, f] for f in range(F)) for k in range(K)])
        expected.append(
            [
                sum(g[k] * sum((row[f] - b[k, f]) * W[k, f, d] for f in range(F)) for k in range(K))
                for d in range(D)
            ]
        )
    close(library(x, torch.ones(N, 1, dtype=torch.bool)), np.array(expected))


def _gate():
    made = module(lambda: Gate(M, D), 6)
    made.logits.bias.copy_(torch.tensor([1.0, -0.5, 0.25]))
    made.logits.weight.mul_(START)  # shares that are not all 0 or 1
    return made


def _gate_softmax_everywhere(parts, known):
    made = _gate()
    g = made.logits((parts * known[..., None]).flatten(1) / START).softmax(1)
    return M * (g[..., None] * parts * known[..., None]).sum(1)


@contract(
    "eq-gate",
    kind="code",
    library=lambda parts, known: _gate()(parts, known),
    perturb={
        "missing keeps its share": _gate_softmax_everywhere,
        "over items": lambda p, k: M * (
            _gate().logits(p.flatten(1) / START).masked_fill(~k, -1e30).softmax(0)[..., None] * p
        ).sum(1),
        "no bias": lambda p, k: _with_bias(_gate())(p, k),
    },
)  # fmt: skip
def gate(library) -> None:
    """M times the sum over the known parts of g_m x_m, with g_m in proportion to exp(u_m . x + b_m)."""
    made, p, k = _gate(), array(PARTS), KNOWN.numpy()
    u, b = array(made.logits.weight), array(made.logits.bias)
    expected = np.zeros((5, D))
    for i in range(5):
        flat = [p[i, m, d] / START for m in range(M) for d in range(D)]
        there = [m for m in range(M) if k[i, m]]
        if not there:
            continue
        raw = softmax([sum(a * x for a, x in zip(u[m], flat, strict=True)) + b[m] for m in there])
        for m, g in zip(there, raw, strict=True):
            for d in range(D):
                expected[i, d] += M * g * p[i, m, d]
    close(library(PARTS, KNOWN), expected)


def _with_bias(made):
    made.logits.bias.data.zero_()
    return made


def _attention():
    return module(lambda: PartAttention(M, D), 7)


def _unscaled(parts, known):
    made = _attention()
    made.key.weight.mul_(D**0.5)
    return made(parts, known)


@contract(
    "eq-part-attention",
    kind="code",
    library=lambda parts, known: _attention()(parts, known),
    perturb={
        "not divided": _unscaled,
        "parts for values": lambda p, k: M * (_attention().weights(p, k)[..., None] * p).sum(1),
        "missing has a score": lambda p, k: M * (
            _attention().weights(p, torch.ones_like(k))[..., None] * _attention().value(p)
        ).sum(1),
    },
)  # fmt: skip
def part_attention(library) -> None:
    """A softmax over the known parts of q . (x_m W_K) / sqrt(D), and M times the mix of x_m W_V."""
    made, p, k = _attention(), array(PARTS), KNOWN.numpy()
    q, key, value = array(made.query), array(made.key.weight), array(made.value.weight)
    expected = np.zeros((5, D))
    for i in range(5):
        there = [m for m in range(M) if k[i, m]]
        if not there:
            continue
        a = softmax([float(q @ (key @ (p[i, m] / START))) / math.sqrt(D) for m in there])
        for m, weight in zip(there, a, strict=True):
            expected[i] += M * weight * (value @ p[i, m])
    close(library(PARTS, KNOWN), expected)


Z, BOOKS = 2 * numbers(8, N, F), [numbers(9, K, F), numbers(10, K, F), numbers(11, K, F)]


def _left(z, books, step=1.0, shared=False, far=False):
    left, codes = z, []
    for book in books:
        book = books[0] if shared else book
        away = torch.cdist(left, book)
        code = away.argmax(1) if far else away.argmin(1)
        left = left - step * book[code]
        codes.append(code)
    return torch.stack(codes, 1), left


@contract(
    "eq-residual",
    kind="code",
    library=residual_codes,
    perturb={
        "nothing subtracted": lambda z, books: _left(z, books, 0.0),
        "one codebook": lambda z, books: _left(z, books, shared=True),
        "farthest": lambda z, books: _left(z, books, far=True),
    },
)
def residual(library) -> None:
    """c = argmin |r - e|, and r becomes r - e_c, level after level."""
    codes, left = library(Z, BOOKS)
    for n, row in enumerate(array(Z)):
        r = row.copy()
        for level, book in enumerate(array(each) for each in BOOKS):
            c = min(range(K), key=lambda c, r=r, book=book: sum((r - book[c]) ** 2))
            assert int(codes[n, level]) == c
            r = r - book[c]
        close(left[n], r)


def _book_gradients(found, z, books):
    out = (found.out * numbers(12, N, F)).sum() + found.loss
    return torch.autograd.grad(out, [z, *books], allow_unused=True)


def _wrong_side(z, books, beta):
    found = quantise(z, books, 1 / beta)
    return type(found)(found.codes, found.out, beta * found.loss)


def _stopped(z, books, beta):
    found = quantise(z, books, beta)
    return type(found)(found.codes, found.out.detach() + 0 * z, found.loss)


@contract(
    "eq-rq-loss",
    kind="code",
    library=quantise,
    perturb={
        "beta at the codewords": _wrong_side,
        "gradient stopped": _stopped,
        "first term alone": lambda z, books, beta: quantise(z, books, 0.0),
    },
)
def rq_loss(library) -> None:
    """Codebook terms, and their gradients by hand; what reads the output sends its gradient on to z."""
    beta, into = 0.25, array(numbers(12, N, F))
    z = Z.clone().requires_grad_(True)
    books = [book.clone().requires_grad_(True) for book in BOOKS]
    found = library(z, books, beta)
    of_z, of_books, loss = into.copy(), [np.zeros((K, F)) for _ in BOOKS], 0.0
    out = np.zeros((N, F))
    for n, row in enumerate(array(Z)):
        r = row.copy()
        for level, book in enumerate(array(each) for each in BOOKS):
            c = min(range(K), key=lambda c, r=r, book=book: sum((r - book[c]) ** 2))
            away = r - book[c]
            loss += (1 + beta) * float(away @ away) / N
            of_books[level][c] += -2 * away / N
            of_z[n] += 2 * beta * away / N
            out[n] += book[c]
            r = away
    close(found.loss.detach(), loss)
    close(found.out.detach(), out)
    gradients = _book_gradients(found, z, books)
    close(gradients[0], of_z)
    for given, expected in zip(gradients[1:], of_books, strict=True):
        close(given, expected)


V = 7
BATCH = Batch(items=torch.tensor([[3, 1, 6, 2], [5, 2, 0, 0]]), lengths=torch.tensor([4, 2]))


def _speller():
    changes = {"dim": 4, "max_len": 5, "dropout": 0.0, "codes": 3, "spare": 2, "ff_width": 6}
    return module(lambda: build(recipe_settings("semantic-ids", V, **changes)), 2)


def _mean_of_codes(model, batch):
    return model.score(batch) / 3


def _first_alone(model, batch):
    state = batch.last(model.attend(batch)[0])
    log_p = sum(out(state).log_softmax(1)[:, model.codes[1:, n]] for n, out in enumerate(model.outs))
    return torch.nn.functional.pad(log_p, (1, 0), value=-torch.inf)


@contract(
    "eq-spell",
    kind="code",
    library=lambda model, batch: model.score(batch),
    perturb={"mean over the codes": _mean_of_codes, "codes do not wait": _first_alone},
)
def spell(library) -> None:
    """log p of an item: the sum of log p of its codes, each given those before it."""
    model = _speller()
    scores = array(library(model, BATCH))
    for row in range(2):
        start = BATCH.last(model.attend(BATCH)[0])[row : row + 1]
        for item in range(1, V + 1):
            state, total = start, 0.0
            for level, code in enumerate(model.codes[item].tolist()):
                p = softmax(array(model.outs[level](state))[0])
                total += math.log(p[code])
                state = model.cell(model.words[level].weight[code : code + 1], state)
            close(scores[row, item], total)


HIDDEN, TARGETS, ITEMS = numbers(13, 6, D), torch.tensor([1, 2, 5, 5, 7, 2]), numbers(14, 9, D)
SOLD = torch.tensor([0.0, 0.2, 0.3, 0, 0, 0.4, 0, 0.1, 0])


@contract(
    "eq-on-sale",
    kind="code",
    library=lambda h, t, e, sold: softmax_on_sale(h, t, e, negatives=100, popularity=sold),
    perturb={
        "the whole catalogue": lambda h, t, e, sold: softmax_on_sale(h, t, e, negatives=100),
        "weighed by popularity": lambda h, t, e, sold: torch.nn.functional.cross_entropy(
            (h @ e.T + sold.log().clamp(min=-1e9))[:, 1:], t - 1
        ),
        "the target twice": lambda h, t, e, sold: (
            torch.cat([h @ e[sold > 0].T, (h * e[t]).sum(1, keepdim=True)], 1).logsumexp(1)
            - (h * e[t]).sum(1)
        ).mean(),
    },
)
def on_sale(library) -> None:
    """-log of exp(score of the target) over the sum among the items that were sold."""
    h, e, total = array(HIDDEN), array(ITEMS), 0.0
    for n, target in enumerate(TARGETS.tolist()):
        scores = {i: float(h[n] @ e[i]) for i in range(1, 9) if SOLD[i] > 0}
        total -= scores[target] - math.log(sum(math.exp(s) for s in scores.values()))
    close(library(HIDDEN, TARGETS, ITEMS, SOLD.double()), total / len(TARGETS))
