"""From a run folder to a model that can be used."""

from __future__ import annotations

from ..models import Settings, build
from ..training import RunFolder
from ..training.random_state import seeded


def load_model(folder: RunFolder, device):
    """``(model, settings.json)``: the model with its best weights, on ``device``.

    Raises:
        ValueError: the folder is no run folder, is damaged, or holds a model of another version.
    """
    described = folder.read("settings.json")
    try:
        settings = Settings(**described["model"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{folder.path}: its settings are not those of a model here ({error})") from error
    with seeded(0, device):  # the weights are replaced at once; the caller's random state stays
        model = build(settings)
    folder.load_weights(model)
    return model.to(device).eval(), described
