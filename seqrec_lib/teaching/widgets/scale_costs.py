"""Cost by scale: money, machines and hours of one training, by users, catalogue and the reader's prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...messages import message
from .view import View


@dataclass(frozen=True)
class Shape:
    """What is trained: width, kept length, layers, passes, users a step, drawn items of the sampled loss."""

    dim: int = 64
    length: int = 50
    layers: int = 2
    epochs: int = 1
    batch: int = 65_536
    drawn: int = 512


USUAL = Shape()
USERS = tuple(10**n for n in range(4, 10))
ITEMS = (100_000, 1_000_000, 10_000_000, 100_000_000)


def scale_costs(
    machines: Mapping[str, Mapping[str, float]],
    shape: Shape = USUAL,
    users: Sequence[int] = USERS,
    items: Sequence[int] = ITEMS,
) -> View:
    """A view of what one training costs, by the formulas of :mod:`seqrec_lib.scale.costs`.

    Args:
        machines: name to ``memory`` (bytes), ``speed`` (operations a second), ``network`` (bytes a second).

    Raises:
        ValueError: no machine, or one that lacks a figure.
    """
    needed = {"memory", "speed", "network"}
    if not machines or any(set(each) != needed for each in machines.values()):
        raise ValueError("give one machine at least, each with memory, speed and network")
    data = {
        "words": _words(),
        **vars(shape),
        "users": list(users),
        "items": list(items),
        "machines": [{"name": name, **each} for name, each in machines.items()],
    }
    label = message("Choose users, items, machine and price: what does one training cost?")
    return View("scale_costs", label, data)


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("What does one training cost?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "keep all users and let the catalogue grow. When does memory decide, and no longer time?"
        ),
        "choose": message("What is trained, and where"),
        "machine": message("machine:"),
        "items": message("items:"),
        "users": message("users:"),
        "price": message("price of a machine for an hour:"),
        "hours": message("hours allowed:"),
        "losses": [message("full cross-entropy"), message("sampled softmax")],
        "across": message("users, power of ten"),
        "up": message("money, power of ten"),
        "by": {
            "one": message("one machine is enough"),
            "memory": message("memory decides"),
            "time": message("time decides"),
        },
        "told": message(
            "With {users} users a sampled softmax takes {machines} machines for {hours} hours and costs "
            "{money}: {by}. The full softmax takes {others} machines and costs {whole}."
        ),
        "never": message(
            "With {users} users adding up gradients alone takes longer than that: allow more hours."
        ),
        "alt": message(
            "Two lines over the number of users, to {users}: the money for one training with full "
            "cross-entropy and with a sampled softmax, over a catalogue of {items} items."
        ),
        "table": message("The data of this figure"),
    }
