"""Integrated gradients by Captum, the library that most people use: a second opinion on our own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import Recommender
from .absent import repeated
from .game import of_scores
from .gradients import evaluating, item_vectors, vectors_put_in


def captum_gradients(model: Recommender, history: Batch, item: int, points: int = 32) -> Tensor:
    """``captum.attr.IntegratedGradients`` over the item vectors, from zero: ``(T,)`` float64.

    Captum's ``LayerIntegratedGradients`` would send item 0 through the model as its baseline, which a model
    here refuses, since 0 is padding. So the vectors are the input, and a hook puts them in place.

    Raises:
        InputError: Captum is not installed.
    """
    vectors = item_vectors(model, history)  # (1, T, D)

    def forward(given: Tensor) -> Tensor:
        with vectors_put_in(model, given):
            return of_scores(model.score(repeated(history.trim(), len(given)).to(given.device)), item)

    method = needed().IntegratedGradients(forward)
    with evaluating(model), torch.enable_grad():
        found: Tensor = method.attribute(vectors, torch.zeros_like(vectors), n_steps=points)
    return found[0].sum(1).double().detach().cpu()


def needed() -> Any:
    """Captum's module of methods. Raises InputError: it is not installed; the message says what to do."""
    try:
        return import_module("captum.attr")
    except ImportError as error:
        raise InputError(
            "the method 'captum' needs captum, which is not installed: pip install captum; "
            "the method 'integrated' is the same without it"
        ) from error
