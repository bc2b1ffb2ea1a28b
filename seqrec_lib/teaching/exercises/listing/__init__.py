"""A familiar listing and its faults: find each with a check that fails, mend it, see what it cost."""

from __future__ import annotations

from .as_printed import LISTING
from .data_faults import INT_NOISE, RANDOM_TARGETS
from .device_fault import STATE_ON_CPU
from .fault import Cost, Fault
from .kernel_faults import GLOBAL_LENGTHS, NP_MISSING
from .loss_faults import LOSS_OVERWRITTEN, SOFTMAX_THEN_NLL
from .measure_fault import ACCURACY
from .pool_faults import BMM_4D, PADDING_AS_DATA
from .weight_faults import NO_QUERY, WIDTH_SCORES


def listing_faults() -> dict[str, Fault]:
    """The faults by name, in the order in which they stop the listing or spoil it."""
    order = (
        NP_MISSING,
        INT_NOISE,
        STATE_ON_CPU,
        WIDTH_SCORES,
        NO_QUERY,
        BMM_4D,
        PADDING_AS_DATA,
        SOFTMAX_THEN_NLL,
        LOSS_OVERWRITTEN,
        GLOBAL_LENGTHS,
        RANDOM_TARGETS,
        ACCURACY,
    )
    return {fault.name: fault for fault in order}


__all__ = ["LISTING", "Cost", "Fault", "listing_faults"]
