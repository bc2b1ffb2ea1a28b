"""The core of secure aggregation: masks that hide each update and leave the sum (Bonawitz et al. 2017).

Updates are whole numbers modulo 2^32, because a mask hides only where every value is equally likely; large
masks would also round a float away. Sizes: ``K`` clients, ``P`` numbers of an update.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..messages import InputError

MODULUS = 2**32
SCALE = 2**16  # whole numbers in a unit: an error of at most 1 / 2^17 for each client


def to_whole(update: Tensor, clients: int) -> Tensor:
    """``(P,)`` int64, 0 to 2^32 - 1: the update in units of 1 / SCALE, modulo 2^32.

    Raises:
        InputError: a number so large that the sum of ``clients`` of them could run over.
    """
    limit = MODULUS / 2 / SCALE / clients
    if float(update.abs().max()) >= limit:
        raise InputError(
            f"an update holds {float(update.abs().max()):g}: {clients} clients may send up to {limit:g}"
        )
    return (update.double() * SCALE).round().long() % MODULUS


def from_whole(total: Tensor) -> Tensor:
    """The float64 update that :func:`to_whole` gives ``total`` for; the upper half is negative."""
    signed = torch.where(total >= MODULUS // 2, total - MODULUS, total)
    return signed.double() / SCALE


def shared_mask(secret: int, size: int) -> Tensor:
    """``(P,)`` int64: what two clients with the same ``secret`` both draw, uniform below 2^32."""
    return torch.randint(MODULUS, (size,), generator=torch.Generator().manual_seed(secret))


def masked(whole: Tensor, client: int, secrets: Sequence[Sequence[int]], present: Sequence[int]) -> Tensor:
    """What a client sends: its update plus its masks with later clients, minus those with earlier ones.

    Args:
        secrets: ``(K, K)``, symmetric: what each pair has agreed on (in earnest by a key exchange).
        present: the clients that take part, ``client`` among them.
    """
    found = whole.clone()
    for other in present:
        if other != client:
            mask = shared_mask(secrets[client][other], len(whole))
            found = found + mask if client < other else found - mask
    return found % MODULUS


def summed(sent: dict[int, Tensor], secrets: Sequence[Sequence[int]], present: Sequence[int]) -> Tensor:
    """``(P,)`` int64: the sum of the updates in ``sent``, client to masked update.

    Where a client that was ``present`` when the others masked has sent nothing, its masks with them do not
    cancel. The others then tell the server their secrets with that one, and the server takes them out.
    """
    total = torch.stack(list(sent.values())).sum(0)
    for gone in set(present) - set(sent):
        for client in sent:
            mask = shared_mask(secrets[client][gone], len(total))
            total = total - mask if client < gone else total + mask
    return total % MODULUS
