"""Trained models that come with the library, so that a page about smaller models has one to make smaller.

`python benchmarks/compression.py --part report --seed 1` trained them, on
``simulate("large", users=4000, seed=1, series=500, films=2000)``. Floats are kept in two bytes, which halves
the files, and are float32 again when they are read.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import load, save

from ..messages import InputError, unknown
from ..models import build
from ..models.recommender import Model
from ..models.registry import settings_from_dict
from ..training.random_state import seeded


def committed_names() -> list[str]:
    """The names of all of them."""
    files = _folder()
    return sorted(each.name.removesuffix(".safetensors") for each in files.iterdir() if _is_model(each.name))


def committed(name: str) -> Model:
    """The trained model called ``name``, in evaluation mode.

    Raises:
        InputError: there is none of that name.
    """
    if name not in committed_names():
        raise InputError(unknown("model", name, committed_names()))
    files = _folder()
    settings = json.loads((files / f"{name}.json").read_text(encoding="utf-8"))
    with seeded(0, torch.device("cpu")):  # what is drawn is replaced at once; the caller's random state stays
        model = build(settings_from_dict(settings))
    weights = load((files / f"{name}.safetensors").read_bytes())
    model.load_state_dict({key: _as(value, torch.float32) for key, value in weights.items()})
    return model.eval()


def write_committed(model: Model, name: str) -> None:
    """Keep ``model`` under ``name``: only the program that trains them calls this."""
    folder = _folder()
    folder.mkdir(exist_ok=True)
    weights = {key: _as(value, torch.float16).contiguous() for key, value in model.state_dict().items()}
    (folder / f"{name}.safetensors").write_bytes(save(weights))
    (folder / f"{name}.json").write_text(
        json.dumps(model.settings.as_dict(), indent=1) + "\n", encoding="utf-8"
    )


def _folder() -> Path:
    return Path(str(resources.files("seqrec_lib.results"))) / "models"


def _is_model(name: str) -> bool:
    return name.endswith(".safetensors")


def _as(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return value.detach().to(dtype) if value.is_floating_point() else value.detach()
