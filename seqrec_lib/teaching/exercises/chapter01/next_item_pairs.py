"""From one history to inputs and targets."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _end(items: list[int], max_len: int) -> Tensor:
    return torch.tensor(items + [0] * (max_len - len(items)), dtype=torch.int64)


def _pack(inputs: list[int], targets: list[int], max_len: int, length: int | None = None) -> tuple:
    length = len(inputs) if length is None else length
    return _end(inputs, max_len), _end(targets, max_len), length


def next_item_pairs(history: list[int], max_len: int) -> tuple[Tensor, Tensor, int]:
    """history: list of int, oldest first. Returns inputs (max_len,), targets (max_len,), length."""
    return _pack(history[:-1][-max_len:], history[1:][-max_len:], max_len)


def target_leaked(history, max_len):
    return _pack(history[:-1][-max_len:], history[:-1][-max_len:], max_len)


def newest_leaked(history, max_len):
    return _pack(history[1:][-max_len:], history[1:][-max_len:], max_len)


def two_ahead(history, max_len):
    return _pack(history[:-2][-max_len:], history[2:][-max_len:], max_len)


def previous_as_target(history, max_len):
    return _pack(history[1:][-max_len:], history[:-1][-max_len:], max_len)


def padded_front(history, max_len):
    inputs, targets = history[:-1][-max_len:], history[1:][-max_len:]
    front = [0] * (max_len - len(inputs))
    return torch.tensor(front + inputs), torch.tensor(front + targets), len(inputs)


def oldest_kept(history, max_len):
    return _pack(history[:-1][:max_len], history[1:][:max_len], max_len)


def length_with_padding(history, max_len):
    inputs, targets, _ = next_item_pairs(history, max_len)
    return inputs, targets, max_len


def length_of_history(history, max_len):
    inputs, targets, _ = next_item_pairs(history, max_len)
    return inputs, targets, len(history)


def length_not_cut(history, max_len):
    inputs, targets, _ = next_item_pairs(history, max_len)
    return inputs, targets, len(history) - 1


def length_of_cut_history(history, max_len):
    inputs, targets, _ = next_item_pairs(history, max_len)
    return inputs, targets, min(len(history), max_len)


def cut_before_shift(history, max_len):
    recent = history[-max_len:]
    return _pack(recent[:-1], recent[1:], max_len)


def last_target_missing(history, max_len):
    kept = history[-max_len:]
    return _pack(kept, kept[1:] + [0], max_len)


def newest_first(history, max_len):
    return _pack(history[:-1][-max_len:][::-1], history[1:][-max_len:][::-1], max_len)


def not_padded(history, max_len):
    inputs, targets = history[:-1][-max_len:], history[1:][-max_len:]
    return torch.tensor(inputs), torch.tensor(targets), len(inputs)


def _probes() -> list[Probe]:
    return [
        Probe("a history that fits exactly", ([4, 7, 2, 9], 3)),
        Probe("a short history", ([4, 7, 2], 5)),
        Probe("a long history", ([1, 2, 3, 5, 8, 6, 9], 4)),
        Probe("two items", ([6, 3], 4)),
        Probe("an item that comes twice", ([5, 5, 8, 5], 6)),
        Probe("one step", ([9, 4, 6], 1)),
    ]


EXERCISE = Exercise(
    name="next-item-pairs",
    reference=next_item_pairs,
    probes=_probes,
    mutants=(
        Mutant(
            "target-leaked",
            "Inputs and targets are the same items: the model can copy its input and learns nothing.",
            target_leaked,
            newest_leaked,
        ),
        Mutant(
            "off-by-one",
            "The targets run two steps ahead; the item right after each step is meant.",
            two_ahead,
        ),
        Mutant(
            "backwards", "Inputs and targets have changed places: this predicts the past.", previous_as_target
        ),
        Mutant("padded-front", "The zeros stand at the front. This book pads at the end.", padded_front),
        Mutant(
            "oldest-kept",
            "A long history keeps its oldest steps. The newest say more about what is next.",
            oldest_kept,
        ),
        Mutant(
            "length-counts-padding",
            "The length counts padding too; only real steps count.",
            length_with_padding,
        ),
        Mutant(
            "length-of-history",
            "The length is the history's. Count the steps that are kept: the last item is a target only.",
            length_of_history,
            length_not_cut,
            length_of_cut_history,
        ),
        Mutant(
            "cut-before-shift",
            "The history is cut before it is shifted, which loses a step. How many items do max_len "
            "pairs need?",
            cut_before_shift,
        ),
        Mutant(
            "last-item-as-input",
            "The newest item stands among the inputs, but nothing comes after it that could be its target.",
            last_target_missing,
        ),
        Mutant("newest-first", "The steps run from newest to oldest. Keep the order of time.", newest_first),
        Mutant("not-padded", "The results are not filled up with zeros to max_len.", not_padded),
    ),
    hints=(
        "Write the pairs of [4, 7, 2, 9] by hand: after 4 comes 7, after 7 comes 2, after 2 comes 9.",
        "Which item has no target, and which is no target? Shift first; then see how many pairs may stay.",
    ),
)
