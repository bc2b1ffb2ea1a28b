"""Contracts of the page on long histories: segments with a memory, recurrences, kept keys.


Steps count from 1 in the book and from 0 here. The transcriptions are loops over NumPy numbers.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module, numbers
from equation_contracts import contract

from seqrec_lib.attention.segments import SegmentAttention, distance_vectors, relative_shift, segment_mask
from seqrec_lib.data import Batch
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.cached import CachedSASRec
from seqrec_lib.models.lru import LRU, linear_scan

ITEMS = torch.tensor([[3, 9, 1, 4, 7, 2, 5, 8, 6, 1], [5, 2, 8, 8, 1, 3, 9, 4, 2, 6]])
HISTORIES = Batch(ITEMS, torch.tensor([10, 10]))


def xl(**changes):
    settings = {"dim": 6, "heads": 1, "max_len": 12, "segment": 3, "memory": 3, "ff_width": 5, **changes}
    return module(lambda: build(recipe_settings("transformer-xl", n_items=9, **settings)))


def _one_after_the_other(model, batch, keep=None, carry=None):
    """States of a one-headed model, segment after segment, with a memory that is handed on.

    ``keep(states, layer)`` says what the memory holds; ``carry``: a memory to begin with.
    """
    size, memory = model.settings.segment, model.settings.memory
    x = model.item_vectors(batch)
    held = [x[:, :0] for _ in model.blocks] if carry is None else carry
    out = []
    for first in range(0, x.shape[1], size):
        state = x[:, first : first + size]
        for layer, block in enumerate(model.blocks):
            old = held[layer]
            whole = torch.cat([old, state], 1)[:, -(old.shape[1] + state.shape[1]) :]
            held[layer] = whole[:, -memory:].detach() if memory else whole[:, :0]
            if keep is not None:
                held[layer] = keep(held[layer])
            state = _block_by_loop(model, layer, block, old, state)
        out.append(model.last_norm(state))
    return torch.cat(out, 1)


def _block_by_loop(model, layer, block, old, state):
    """One block for one segment: every query and key by itself."""
    number = 0 if model.u.shape[0] == 1 else layer
    u, v, part = model.u[number, 0], model.v[number, 0], block.attention
    keys, new = block.norm_attention(torch.cat([old, state], 1)), block.norm_attention(state)
    far = part.far(distance_vectors(keys.shape[1] + 1, keys.shape[2]).to(keys.dtype))
    query, key, value = part.query(new), part.key(keys), part.value(keys)
    rows = []
    for i in range(state.shape[1]):
        at = old.shape[1] + i
        scores = [
            ((query[:, i] + u) * key[:, j]).sum(-1) + ((query[:, i] + v) * far[at - j]).sum(-1)
            for j in range(at + 1)
        ]
        weights = (torch.stack(scores, -1) / math.sqrt(key.shape[-1])).softmax(-1)  # (B, at + 1)
        rows.append((weights[..., None] * value[:, : at + 1]).sum(1))
    x = state + part.mix(torch.stack(rows, 1))
    return x + block.outer(block.inner(block.norm_ff(x)).relu())


@contract(
    "eq-xl-memory",
    kind="code",
    library=lambda model, batch: model.hidden(batch),
    perturb={
        "no memory": lambda model, batch: _one_after_the_other(model, batch, lambda held: held[:, :0]),
        "the newest event of the memory left out": lambda model, batch: _one_after_the_other(
            model, batch, lambda held: held[:, :-1]
        ),
        "memory of the row beside it": lambda model, batch: _one_after_the_other(
            model, batch, lambda held: held.flip(0)
        ),
        "memory left from another user": lambda model, batch: _one_after_the_other(
            model, batch, carry=[model.item_vectors(batch)[:, :3].flip(0) for _ in model.blocks]
        ),
        "one long pass": lambda model, batch: xl(segment=12, memory=1).hidden(batch),
    },
)
def memory(library) -> None:
    """Each segment reads what its layer read at the M steps before it, then its own steps, and no more."""
    model = xl(layers=2)
    close(array(library(model, HISTORIES)), array(_one_after_the_other(model, HISTORIES)))


def _gradient_by_memory(stop):
    def run():
        model = xl(layers=1, stop_gradient=stop)
        vectors = model.item_vectors(HISTORIES).detach().requires_grad_()
        x, u, v = vectors, model.u[0], model.v[0]
        model.blocks[0](x, u, v, None)[0][:, 3:6].sum().backward()
        return vectors.grad

    return run


@contract(
    "eq-xl-stop",
    kind="identity",
    library=_gradient_by_memory(True),
    perturb={"gradients flow": _gradient_by_memory(False), "nothing learns": lambda: torch.zeros(2, 10, 6)},
)
def stop(library) -> None:
    """The second segment reads the first one and moves nothing in it; its own steps do get a gradient."""
    found = array(library())
    assert (found[:, :3] == 0).all() and (found[:, 6:] == 0).all()
    assert (np.abs(found[:, 3:6]).max((0, 2)) > 1e-6).all()


def _scores(change=None, scale=4**0.5, shift=relative_shift):
    """The library's layer with one of its terms changed: weights of one row, one segment with its memory."""

    def run(layer, x, u, v):
        if change is None and scale == 4**0.5 and shift is relative_shift:
            return layer(x, x, u, v, torch.ones(x.shape[:2], dtype=torch.bool))[1]
        b, t, _ = x.shape
        far = layer._split(layer.far(distance_vectors(t, x.shape[2]).flip(0)))
        query, key = layer._split(layer.query(x)), layer._split(layer.key(x))
        terms = {
            "qk": query @ key.mT,
            "qr": shift(query @ far.mT),
            "uk": u[:, None] @ key.mT,
            "vr": shift((v[:, None] @ far.mT).expand(b, -1, t, -1)),
        }
        if change is not None:
            terms = change(terms)
        seen = torch.ones(t, t, dtype=torch.bool).tril()
        total = sum(terms.values()) / scale
        return total.masked_fill(~seen, -math.inf).softmax(-1)

    return run


def _without(name):
    return _scores(lambda terms: {key: term for key, term in terms.items() if key != name})


@contract(
    "eq-xl-score",
    kind="code",
    library=_scores(),
    perturb={
        **{f"without {name}": _without(name) for name in ("qk", "qr", "uk", "vr")},
        "not divided": _scores(scale=1.0),
        "divided by the root of D": _scores(scale=8**0.5),
        "not shifted": _scores(shift=lambda scores: scores),
        "shifted one too far": _scores(shift=lambda scores: relative_shift(scores).roll(-1, -1)),
    },
)
def four_terms(library) -> None:
    """(q·k + q·W d + χ·k + ψ·W d) / √d of two heads, then a softmax over the keys that may be seen."""
    layer = module(lambda: SegmentAttention(8, 2, 5, 2))
    x, u, v = numbers(41, 2, 5, 8), numbers(42, 2, 4), numbers(43, 2, 4)
    found = array(library(layer, x, u, v))
    table = array(distance_vectors(5, 8))
    maps = {name: array(getattr(layer, name).weight) for name in ("query", "key", "far")}
    for b in range(2):
        for head in range(2):
            part = slice(4 * head, 4 * head + 4)
            q, k = (array(x)[b] @ maps[name].T for name in ("query", "key"))
            r, chi, psi = table @ maps["far"].T, array(u)[head], array(v)[head]
            for i in range(5):
                score = [
                    (
                        q[i, part] @ k[j, part]
                        + q[i, part] @ r[i - j, part]
                        + chi @ k[j, part]
                        + psi @ r[i - j, part]
                    )
                    / 2.0
                    for j in range(i + 1)
                ]
                odds = np.exp(np.array(score) - max(score))
                close(found[b, head, i, : i + 1], odds / odds.sum())


@contract(
    "eq-relative-shift",
    kind="identity",
    library=relative_shift,
    perturb={
        "not moved": lambda scores: scores,
        "one column too far": lambda scores: relative_shift(scores).roll(-1, -1),
        "the other way": lambda scores: relative_shift(scores.flip(-2)).flip(-2),
        "along the queries": lambda scores: relative_shift(scores.mT).mT,
    },
)
def shift(library) -> None:
    """Row i moves s - i places to the left: key j of query i gets the score of its distance M + i - j."""
    s, memory = 3, 4
    scores = numbers(44, 2, s, memory + s)
    found = array(library(scores))
    for i in range(s):
        for j in range(memory + i + 1):
            distance = memory + i - j
            close(found[:, i, j], array(scores)[:, i, memory + s - 1 - distance])


def _reached(model):
    """``(T, T)`` bool: whether state t moves with the vector of step j."""
    vectors = model.item_vectors(HISTORIES).detach().requires_grad_()
    model.item_vectors = lambda batch: vectors
    states = model.hidden(HISTORIES)
    found = [torch.autograd.grad(states[:, t].sum(), vectors, retain_graph=True)[0] for t in range(10)]
    return torch.stack([grad.abs().amax((0, 2)) > 1e-12 for grad in found])


@contract(
    "eq-xl-reach",
    kind="identity",
    library=lambda layers: _reached(xl(layers=layers, segment=2, memory=2, stop_gradient=False)),
    perturb={
        "segments alone": lambda layers: _reached(xl(layers=layers, segment=2, memory=0)),
        "one layer, whatever is asked": lambda layers: _reached(
            xl(layers=1, segment=2, memory=2, stop_gradient=False)
        ),
        "one layer more": lambda layers: _reached(
            xl(layers=layers + 1, segment=2, memory=2, stop_gradient=False)
        ),
        "a longer memory": lambda layers: _reached(
            xl(layers=layers, segment=2, memory=4, stop_gradient=False)
        ),
    },
)
def reach(library) -> None:
    """n layers see n M + place - 1 events before their own; two layer counts, so that n is no constant."""
    for layers in (1, 2):
        found = array(library(layers))
        for t in range(10):
            farthest = max(0, t - (layers * 2 + t % 2))
            assert found[t].nonzero()[0].min() == farthest


def _scan_without(change):
    return lambda rate, given: linear_scan(rate, change(given))


@contract(
    "eq-linear-scan",
    kind="code",
    library=linear_scan,
    perturb={
        "forgets all": lambda rate, given: given,
        "one step late": lambda rate, given: torch.nn.functional.pad(linear_scan(rate, given), (0, 0, 1, -1)),
        "without the turn": lambda rate, given: linear_scan(rate.abs() + 0j, given),
        "every rate the first": lambda rate, given: linear_scan(rate[:1], given),
        "half as far": lambda rate, given: given + rate * torch.nn.functional.pad(given, (0, 0, 1, -1)),
    },
)
def scan(library) -> None:
    """Doubling: the sums over rate^k given_{t-k} are what the recurrence makes step by step, at odd T too."""
    for steps in (1, 7):
        parts = numbers(45, 2, steps, 3), numbers(46, 2, steps, 3)
        given, rate = torch.complex(*parts), torch.polar(0.9 - 0.1 * torch.rand(3).double(), numbers(47, 3))
        found = array(library(rate, given))
        state = np.zeros((2, 3), dtype=complex)
        for t in range(steps):
            state = array(rate) * state + array(given)[:, t]
            close(found[:, t], state)


def _unit(change=None):
    def run(layer, x):
        if change is None:
            return layer(x)
        rate, given = layer.rate(), layer.given(x)
        rate, given = change(rate, given)
        return layer.out(torch.view_as_real(linear_scan(rate, given)).flatten(-2))

    return run


@contract(
    "eq-lru",
    kind="code",
    library=_unit(),
    perturb={
        "not normalised": _unit(lambda rate, given: (rate, given / (1 - rate.abs() ** 2).sqrt())),
        "normalised by 1 - size": _unit(
            lambda rate, given: (rate, given * ((1 - rate.abs()) / (1 + rate.abs())).sqrt())
        ),
        "the turn left out": _unit(lambda rate, given: (rate.abs() + 0j, given)),
        "the conjugate rate": _unit(lambda rate, given: (rate.conj(), given)),
    },
)
def unit(library) -> None:
    """h_t = λ h_{t-1} + √(1 - |λ|²) (W v_t + b), complex; then a real map of its two parts."""
    layer = module(lambda: LRU(3))
    x = numbers(48, 2, 5, 3)
    found = array(library(layer, x))
    size = np.exp(-np.exp(array(layer.decay)))
    rate = size * (np.cos(np.exp(array(layer.turn))) + 1j * np.sin(np.exp(array(layer.turn))))
    for b in range(2):
        state = np.zeros(6, dtype=complex)
        for t in range(5):
            pairs = array(layer.into.weight) @ array(x)[b, t] + array(layer.into.bias)
            state = rate * state + np.sqrt(1 - size**2) * (pairs[0::2] + 1j * pairs[1::2])
            flat = np.stack([state.real, state.imag], 1).reshape(-1)
            close(found[b, t], array(layer.out.weight) @ flat + array(layer.out.bias))


def _cached(change=None):
    def run(model, items):
        cache = CachedSASRec(model, len(items))
        found = []
        for step in range(items.shape[1]):
            if change is not None:
                change(cache, step)
            cache.extend(items[:, step])
            found.append(cache.scores())
        return torch.stack(found, 1)

    return run


def _restart(cache, step):
    cache.steps = 0


def _forget(cache, step):
    cache.kept = [None] * len(cache.kept)


def _of_another(cache, step):
    if step:
        cache.kept = [(key.flip(0), value.flip(0)) for key, value in cache.kept]


def _first_layer_alone(cache, step):
    if step:
        cache.kept[1] = None


@contract(
    "eq-kept-keys",
    kind="identity",
    library=_cached(),
    perturb={
        "places restart": _cached(_restart),
        "nothing is kept": _cached(_forget),
        "keys of another user": _cached(_of_another),
        "the first layer's keys alone": _cached(_first_layer_alone),
    },
)
def kept_keys(library) -> None:
    """With keys and values kept, each new event gives the scores of a pass over the whole history."""
    model = module(
        lambda: build(recipe_settings("sasrec", n_items=9, dim=6, max_len=12, heads=2, positions="start"))
    )
    found = array(library(model, ITEMS))
    for step in range(ITEMS.shape[1]):
        part = Batch(ITEMS[:, : step + 1], torch.full((2,), step + 1))
        close(found[:, step, 1:], array(model.score(part))[:, 1:])


def _opened(change):
    return lambda: change(segment_mask(8, 3, 4))


@contract(
    "eq-xl-mask",
    kind="definition",
    library=lambda: segment_mask(8, 3, 4),
    perturb={
        "later keys are open": _opened(lambda mask: mask.new_ones(mask.shape)),
        "itself left out": _opened(lambda mask: mask & mask.roll(-1, -1)),
        "what is no step is open": _opened(lambda mask: mask[2:].expand(3, -1, -1)),
    },
)
def mask(library) -> None:
    """Query i of a segment, from 1, sees key c where c <= M + i and the key is a real step."""
    found = array(library())
    for segment in range(3):
        for i in range(1, 4):
            for c in range(1, 8):
                step = segment * 3 + c - 4  # from 1
                assert found[segment, i - 1, c - 1] == (c <= 4 + i and step >= 1)
