"""Two named steps between the split and the model, each fitted on the training part only.

Length: how many steps a history may have, and how much each user weighs. Features: numbers with
mean 0 and deviation 1. Both are plain settings once fitted, so they can be saved as JSON.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch
from ..errors import DataError
from ..interactions import Interactions
from ..windows import kept_start, pad_windows


@dataclass(frozen=True)
class LengthNormalisation:
    """Cuts histories to one length, so that a few very long ones do not rule the rest.

    Attributes:
        max_len: the most steps a history keeps: its newest.
    """

    max_len: int

    @classmethod
    def fit(cls, train_log: Interactions, share: float = 0.9) -> LengthNormalisation:
        """Choose the length that keeps ``share`` of the training users whole.

        Raises:
            InputError: ``share`` is not above 0 and at most 1. DataError: an empty log.
        """
        if not 0 < share <= 1:
            raise InputError(f"share is {share}: use a number above 0 and at most 1")
        lengths = np.diff(train_log.offsets)
        lengths = lengths[lengths > 0]
        if not len(lengths):
            raise DataError(f"{train_log.name}: no interactions to fit the length on")
        return cls(int(np.quantile(lengths, share, method="inverted_cdf")))

    def apply(self, batch: Batch) -> Batch:
        """Return the batch with each row's newest ``max_len`` steps, padded at the end again."""
        width = batch.items.shape[1]
        row = torch.arange(len(batch), device=batch.items.device) * width
        start, stop = row, row + batch.lengths

        def cut(values: Tensor) -> Tensor:
            flat = values.reshape(-1)  # (B, T) -> (B*T,)
            return pad_windows(flat.cpu(), start.cpu(), stop.cpu(), self.max_len).to(values.device)

        stepwise = ("items", "times", "targets", "events")
        changes: dict[str, Any] = {
            name: cut(getattr(batch, name)) for name in stepwise if getattr(batch, name) is not None
        }
        for name in ("features", "outcomes"):
            changes[name] = {key: cut(values) for key, values in getattr(batch, name).items()}
        changes["lengths"] = stop - kept_start(start, stop, self.max_len)
        return replace(batch, **changes, steps=None)

    @staticmethod
    def weights(batch: Batch) -> Tensor:
        """``(B, T)`` float32: 1/length at real steps, 0 at padding, so each row weighs 1 in a sum."""
        return batch.mask() / batch.lengths[:, None].clamp(min=1)

    def as_dict(self) -> dict[str, int]:
        """Return plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class FeatureNormalisation:
    """Brings numeric features to mean 0 and deviation 1; a missing value becomes 0, the mean.

    Attributes:
        mean, deviation: by feature name, of the training interactions.
    """

    mean: dict[str, float]
    deviation: dict[str, float]

    @classmethod
    def fit(cls, train_log: Interactions) -> FeatureNormalisation:
        """Measure every numeric feature of the training log; missing values do not count."""
        mean, deviation = {}, {}
        for name, values in train_log.features.items():
            if not np.issubdtype(values.dtype, np.number):
                continue
            known = values[np.isfinite(values)].astype(np.float64)
            mean[name] = float(known.mean()) if len(known) else 0.0
            spread = float(known.std()) if len(known) else 0.0
            # A constant has no spread to divide by; float error must not blow it up.
            deviation[name] = spread if spread > 1e-12 * max(1.0, abs(mean[name])) else 1.0
        return cls(mean, deviation)

    def apply(self, batch: Batch) -> Batch:
        """Return the batch with its features normalised, now float32; padding stays 0.

        Raises:
            DataError: a feature that the training log did not have.
        """
        unknown = sorted(set(batch.features) - set(self.mean))
        if unknown:
            raise DataError(
                f"feature {unknown[0]!r} was not in the training log: fit the normalisation again"
            )
        real = batch.mask()
        features = {}
        for name, values in batch.features.items():
            scaled = ((values - self.mean[name]) / self.deviation[name]).float()
            scaled = torch.nan_to_num(scaled, 0.0, 0.0, 0.0)
            features[name] = torch.where(real, scaled, torch.zeros_like(scaled))
        return replace(batch, features=features)

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Return plain values, ready for JSON."""
        return asdict(self)
