"""A trained model that reads what is known of items, for a catalogue to which items were added.

Sizes: ``V`` items of the model, ``V'`` of the catalogue; the first V are the model's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.item_parts import part_shapes, read_parts, shapes_as_text, shapes_from_text
from ..messages import InputError
from .modal import Modal

if TYPE_CHECKING:
    from ..data.interactions import Interactions

FAR = 1e-4  # numbers that differ by more say something else


def grown(model: Modal, log: Interactions, fitted: np.ndarray) -> tuple[Modal, int]:
    """``(model, differ)``: the same weights for the items of ``log``; a new item has its parts and no id.

    Args:
        fitted: ``(V'+1,)`` bool: the items whose means and rarities count, those that training met.

    Returns:
        ``differ``: of how many of these ``log`` says something else than training did.

    Raises:
        InputError: ``log`` has other columns than training had.
    """
    s = model.settings
    if shapes_as_text(part_shapes(log, s.words)) != s.features:
        had = ", ".join(name for name, _, _ in shapes_from_text(s.features))
        raise InputError(f"{log.name}: training knew {had} of items: give the same columns")
    other, old = replace(s, n_items=log.n_items).build(), s.n_items + 1
    own = other.state_dict()
    for name, value in model.state_dict().items():
        if name in ("met", "embedding.weight") or name.startswith(("values_", "known_")):
            own[name].zero_()
            own[name][:old].copy_(value)
        else:
            own[name].copy_(value)
    wanted = dict(zip((name for name, _, _ in s.chosen()[1]), model.names, strict=True))
    differ = np.zeros(old, dtype=bool)
    for part in read_parts(log, fitted, s.words):
        if part.name in wanted:
            values, known = model.as_read(part, torch.from_numpy(fitted))
            begun = own[f"values_{wanted[part.name]}"]
            differ |= ((begun[:old].cpu() - values[:old]).abs() > FAR).any(2).any(1).numpy()
            begun[old:] = values[old:].to(begun.device)
            own[f"known_{wanted[part.name]}"][old:] = known[old:].to(begun.device)
    return other.to(model.met.device).train(model.training), int((differ & fitted[:old]).sum())
