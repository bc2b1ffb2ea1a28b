"""One head of causal self-attention: project, compare, mask, mix."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from ..exercise import Exercise, Mutant, Probe


def _may_look(scores: Tensor, diagonal: int = 0) -> Tensor:
    return torch.ones(scores.shape[-2:], dtype=torch.bool).tril(diagonal)  # (T, T)


def _scores(states: Tensor, w_q: Tensor, w_k: Tensor) -> Tensor:
    return (states @ w_q) @ (states @ w_k).transpose(1, 2)  # (B, T, T)


def _weights(scores: Tensor, low: float = -math.inf, diagonal: int = 0, axis: int = -1) -> Tensor:
    return scores.masked_fill(~_may_look(scores, diagonal), low).softmax(axis)


def causal_head(states: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> Tensor:
    """states: (B, T, D), w_q, w_k, w_v: (D, d). Returns (B, T, d)."""
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    return _weights(scores) @ (states @ w_v)


def no_causal_mask(states, w_q, w_k, w_v):
    return (_scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])).softmax(-1) @ (states @ w_v)


def looks_ahead(states, w_q, w_k, w_v):
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    return scores.masked_fill(~_may_look(scores).T, -math.inf).softmax(-1) @ (states @ w_v)


def _only_later(low: float):
    """The mask hides what it should show, the step itself too."""

    def head(states, w_q, w_k, w_v):
        scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
        return scores.masked_fill(_may_look(scores), low).softmax(-1) @ (states @ w_v)

    return head


def only_later_in_pytorch(states, w_q, w_k, w_v):
    """PyTorch's attention wants True where a step may look; this mask is True where it may not."""
    q, k, v = states @ w_q, states @ w_k, states @ w_v
    return scaled_dot_product_attention(q, k, v, attn_mask=~_may_look(q @ k.transpose(1, 2)))


def no_scale(states, w_q, w_k, w_v):
    return _weights(_scores(states, w_q, w_k)) @ (states @ w_v)


def scale_by_model_width(states, w_q, w_k, w_v):
    return _weights(_scores(states, w_q, w_k) / math.sqrt(w_q.shape[0])) @ (states @ w_v)


def scale_by_d(states, w_q, w_k, w_v):
    return _weights(_scores(states, w_q, w_k) / w_q.shape[1]) @ (states @ w_v)


def query_and_key_swapped(states, w_q, w_k, w_v):
    return causal_head(states, w_k, w_q, w_v)


def states_as_values(states, w_q, w_k, w_v):
    return _weights(_scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])) @ states


def keys_as_values(states, w_q, w_k, w_v):
    return causal_head(states, w_q, w_k, w_k)


def _wrong_axis(low: float):
    def head(states, w_q, w_k, w_v):
        scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
        return _weights(scores, low, axis=-2) @ (states @ w_v)

    return head


def mask_after_softmax(states, w_q, w_k, w_v):
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    return (scores.softmax(-1) * _may_look(scores)) @ (states @ w_v)


def hidden_scores_are_zero(states, w_q, w_k, w_v):
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    return (scores * _may_look(scores)).softmax(-1) @ (states @ w_v)


def _low_number(low: float):
    def head(states, w_q, w_k, w_v):
        scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
        return _weights(scores, low) @ (states @ w_v)

    return head


def divided_again(states, w_q, w_k, w_v):
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    weights = scores.softmax(-1) * _may_look(scores)
    return weights / weights.sum(-1, keepdim=True) @ (states @ w_v)


def _itself_left_out(low: float):
    def head(states, w_q, w_k, w_v):
        scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
        return _weights(scores, low, diagonal=-1) @ (states @ w_v)

    return head


def _faults(scale_by_width: bool, upside_down: bool, after_softmax: bool):
    """The head of the task with some of its faults."""

    def head(states, w_q, w_k, w_v):
        scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[0 if scale_by_width else 1])
        mask = _may_look(scores).T if upside_down else _may_look(scores)
        weights = (
            scores.softmax(-1) * mask if after_softmax else scores.masked_fill(~mask, -math.inf).softmax(-1)
        )
        return weights @ (states @ w_v)

    return head


def _one_ahead(states, w_q, w_k, w_v):
    scores = _scores(states, w_q, w_k) / math.sqrt(w_q.shape[1])
    return _weights(scores, diagonal=1) @ (states @ w_v)


def weights_returned(states, w_q, w_k, w_v):
    return _weights(_scores(states, w_q, w_k) / math.sqrt(w_q.shape[1]))


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(9)

    def case(about: str, b: int, t: int, dim: int, d: int, size: float = 1.0) -> Probe:
        shapes = ((b, t, dim), (dim, d), (dim, d), (dim, d))
        return Probe(about, tuple(torch.randn(s, generator=generator) * size for s in shapes))

    # The keys are the queries turned round, so that all scores lie between -110 and -170.
    w, states = torch.eye(4, 3), 9 + 0.3 * torch.randn(2, 4, 4, generator=generator)
    far = (states, w, -w, torch.randn(4, 3, generator=generator))
    # One number is compared, another is handed over. Whole numbers: all scores are exact.
    compared, handed = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [1.0]])
    level = torch.tensor([[300.0, 302.0, 301.0], [400.0, 401.0, 403.0]])
    very_far = torch.stack([level, torch.randn(2, 3, generator=generator)], -1)
    rising = torch.stack([torch.tensor([[4.0, 3.0, 60.0, 5.0]]), torch.randn(1, 4, generator=generator)], -1)
    return [
        case("one row, d = D", 1, 5, 4, 4),
        case("two rows, d smaller than D", 2, 5, 6, 2),
        case("d larger than D", 2, 3, 2, 5),
        case("one step", 2, 1, 4, 4),
        case("large states", 1, 6, 4, 2, 2.0),
        Probe("scores far below 0", far),
        Probe("scores below -90,000", (very_far, compared, -compared, handed)),
        Probe("a later step with a far higher score", (rising, compared, compared, handed)),
    ]


EXERCISE = Exercise(
    name="causal-head",
    reference=causal_head,
    probes=_probes,
    mutants=(
        Mutant(
            "as-given",
            "This does what the head of the task does. Print the weights of one row: where are its zeros, "
            "and what does it sum to?",
            _faults(True, True, True),
        ),
        Mutant(
            "two-faults-left",
            "One of the three faults is mended, and two are left. Look at what the scores are divided by, at "
            "where the weights are 0, and at what each row sums to.",
            _faults(True, True, False),
            _faults(True, False, True),
            _faults(False, True, True),
        ),
        Mutant(
            "no-causal-mask",
            "Step t looks at later steps. In training those are the answers: hide every j after t.",
            no_causal_mask,
        ),
        Mutant(
            "mask-upside-down",
            "The mask is upside down: step t sees later steps, and the earlier ones are hidden.",
            looks_ahead,
            *(_only_later(low) for low in (-math.inf, -1e9)),
            only_later_in_pytorch,
        ),
        Mutant(
            "no-scale", "The scores are not divided by √d, so the softmax saturates as d grows.", no_scale
        ),
        Mutant(
            "scale-by-model-width",
            "The scores are divided by √D. A dot product of d numbers grows with √d, the width of a head.",
            scale_by_model_width,
        ),
        Mutant("scale-by-d", "The scores are divided by d. Divide by its square root.", scale_by_d),
        Mutant(
            "query-and-key-swapped",
            "Queries and keys have changed places: row t of the scores must hold the query of step t.",
            query_and_key_swapped,
        ),
        Mutant(
            "states-as-values",
            "The states themselves are mixed. A head mixes values: the states times w_v.",
            states_as_values,
        ),
        Mutant(
            "keys-as-values", "The keys are mixed. Keys are compared; values are handed over.", keys_as_values
        ),
        Mutant(
            "wrong-axis",
            "The softmax runs over the queries: for each step t, the weights over j must sum to 1.",
            *(_wrong_axis(low) for low in (-math.inf, -1e9)),
        ),
        Mutant(
            "mask-after-softmax",
            "The mask comes after the softmax, so what is hidden has taken its share already.",
            mask_after_softmax,
        ),
        Mutant(
            "zero-score-as-mask",
            "Hidden scores are set to 0, which is a score like any other and still gets weight.",
            hidden_scores_are_zero,
        ),
        Mutant(
            "minus-hundred",
            "Hidden scores stand at a finite number such as -100. A real score can be lower, and then what "
            "is hidden wins. Use minus infinity.",
            _low_number(-100.0),
            _low_number(-1e4),
        ),
        Mutant(
            "divided-again",
            "To mask after the softmax and divide again is the same on paper. In 32 bits it is not, where a "
            "hidden score is far above the others: what is left of their weights then?",
            divided_again,
        ),
        Mutant(
            "itself-left-out",
            "Step t does not look at itself. Its own item is known by then; the first step has no other.",
            _itself_left_out(-math.inf),
            _itself_left_out(-1e9),
        ),
        Mutant(
            "one-step-ahead",
            "Step t sees step t + 1 too. In training that is its answer.",
            _one_ahead,
        ),
        Mutant("weights-returned", "These are the weights. Use them to mix the values.", weights_returned),
    ),
    hints=(
        "Print the weights of one row: each must sum to 1, with exact zeros after step t.",
        "Three questions: how wide are the queries that are compared, what does triu keep, and what does "
        "each row of weights sum to after the mask?",
    ),
)
