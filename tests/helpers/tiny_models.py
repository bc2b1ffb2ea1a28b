"""Batches and models that are tiny and the same each time."""

import torch

from seqrec_lib.data import Batch
from seqrec_lib.models import build, recipe_settings

V, MAX_LEN = 11, 9
LENGTHS = (6, 1, 4, 6, 3)


def batch_of(lengths=LENGTHS, width=6, seed=0):
    """Random histories of the given lengths, padded with 0 to ``width``."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor(lengths)
    items = torch.randint(1, V + 1, (len(lengths), width), generator=generator)
    return Batch(items=items * (torch.arange(width) < lengths[:, None]), lengths=lengths)


def model_of(name, seed=0, **changes):
    """A small model in evaluation mode, in float64 so that equal means equal."""
    torch.manual_seed(seed)
    model = build(recipe_settings(name, V, **{"dim": 8, "max_len": MAX_LEN, "mlp_width": 12, **changes}))
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if key.endswith("distance"):  # it starts at 0, where a wrong index would not show
                weight.normal_()
    return model.double().eval()


def close(got, want, tolerance=1e-12):
    torch.testing.assert_close(got, want, rtol=tolerance, atol=tolerance)
