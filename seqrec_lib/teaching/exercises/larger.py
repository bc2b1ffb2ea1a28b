"""The larger part of an exercise: worth a GPU, and the same in the small for a CPU.

What the runs take was measured and is stored in ``results/larger_runs.json`` (made by
``benchmarks/larger_runs.py``). Where no row is from a GPU, the note gives what one CPU core took as the most
to expect of a T4, and says that nobody measured it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...device import describe_device, pick_device
from ...messages import message
from ...results import load_results

T4_GIB = 15  # what PyTorch can use of a T4's 16 GB
OWN_LOG = 'read_interactions("my_log.csv")'


@dataclass(frozen=True)
class LargerRun:
    """What to run with an answer, as source text that a reader can copy.

    Attributes:
        full: for a GPU. small: the same in the small, under a minute on two CPU cores.
        names: what the two texts use besides the answer's own name; ``seqrec_lib.data`` offers each, or
            the module that defines it.
        known_log: the source text of a log that everybody has. Needed where the full run reads ``OWN_LOG``:
            nobody can say what that takes, so the same call on the known log is measured beside it.

    Raises:
        ValueError: a full run on the reader's own log with no known log beside it, or the other way round.
    """

    full: str
    small: str
    # A dict has no hash, and checks are kept by the hash of their exercise.
    names: Mapping[str, Callable] = field(default_factory=dict, hash=False)
    known_log: str = ""

    def __post_init__(self) -> None:
        if (OWN_LOG in self.full) != bool(self.known_log):
            raise ValueError(f"known_log belongs to a full run that reads {OWN_LOG}, and to no other")

    @property
    def sizes(self) -> dict[str, str]:
        """The source text of each run that can be measured, by its size."""
        if self.known_log:
            return {"small": self.small, "known": self.full.replace(OWN_LOG, self.known_log)}
        return {"small": self.small, "full": self.full}

    def imports(self) -> str:
        """The line that brings the names in."""
        from ... import data

        rooms: dict[str, list[str]] = {}
        for name, value in self.names.items():
            rooms.setdefault("seqrec_lib.data" if hasattr(data, name) else value.__module__, []).append(name)
        return "; ".join(f"from {room} import {', '.join(names)}" for room, names in rooms.items())

    def run(self, answer: Callable, name: str, size: str = "small") -> object:
        """Run the text of ``size``, one of ``sizes``, with ``answer`` called ``name``; return what it gives.

        Raises:
            ValueError: another size.
        """
        if size not in self.sizes:
            raise ValueError(f"size should be one of {', '.join(map(repr, self.sizes))}, not {size!r}")
        return eval(self.sizes[size], {**self.names, name: answer})

    def known_interactions(self) -> int:
        """How many interactions the known log has."""
        return len(eval(self.known_log, dict(self.names)))


def measured_rows(exercise: str) -> list[dict]:
    """The measured rows of ``exercise``, none if nobody measured it."""
    return [row for row in load_results("larger_runs").rows if row["model"] == exercise]


class LargerNote:
    """What the larger run needs, and which form of it suits this machine; shown as Markdown.

    Attributes:
        advice: ``"full"`` where CUDA was found, else ``"small"``. rows: what was measured.
    """

    def __init__(self, exercise: str, larger: LargerRun) -> None:
        self.exercise, self.larger = exercise, larger
        self.device = pick_device()
        self.advice = "full" if self.device.type == "cuda" else "small"
        self.rows = measured_rows(exercise)

    def lines(self) -> list[str]:
        """The note as Markdown, line by line."""
        text = message(
            "This machine: {device}. Run here: `{run}`",
            device=describe_device(self.device).removeprefix("device: "),
            run=getattr(self.larger, self.advice),
        )
        made = [text, ""]
        if self.larger.names:
            made += [message("First: `{lines}`", lines=self.larger.imports()), ""]
        made += [message("| run | where | time | memory |"), "| --- | --- | --- | --- |"]
        for row in self.rows:
            run = self.larger.sizes[row["size"]]
            made.append(f"| `{run}` | {row['device']} | {_time(row['seconds'])} | {row['gib']:.1f} GiB |")
        size = "known" if self.larger.known_log else "full"
        measured = {row["device"].startswith("cuda"): row for row in self.rows if row["size"] == size}
        core, run = measured.get(False), self.larger.sizes[size]
        unmeasured = [message("not measured")] * 2
        if core is None:
            made.append(f"| `{run}` | {message('one CPU core')} | {' | '.join(unmeasured)} |")
        if True not in measured:
            bound = unmeasured if core is None else _most_of_a_t4(core)
            made.append(f"| `{run}` | {message('a T4-class GPU')} | {' | '.join(bound)} |")
            if core is not None:
                made += ["", message(
                    "Nobody measured this book's runs on a T4. What it says of one is the most to expect: "
                    "what one CPU core took, rounded up."
                )]  # fmt: skip
        if self.larger.known_log and core is not None:
            made += ["", message(
                "What `{full}` takes depends on your log. The same call on `{known}`, a log of {n:,} "
                "interactions, is measured instead. Expect time in proportion to the number of interactions, "
                "and more than that with many more items.",
                full=self.larger.full, known=self.larger.known_log, n=core["interactions"],
            )]  # fmt: skip
        largest = max((row["gib"] for row in self.rows if not row["device"].startswith("cuda")), default=None)
        if largest is not None:
            made += ["", message(
                "CPU times are seconds of one core. The memory there is that of the whole process, data and "
                "Python with it: {gib:.1f} GiB at most, and a T4 offers about {t4} GiB. Made by `{command}`.",
                gib=largest, t4=T4_GIB, command=self.rows[0]["command"],
            )]  # fmt: skip
        return made

    def _repr_markdown_(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return "\n".join(self.lines())


def _most_of_a_t4(core: dict) -> list[str]:
    """Time and memory to expect at most, from the row of one CPU core.

    A T4 multiplies matrices tens of times faster than a core, and its memory need not hold Python.
    """
    minutes, gib = math.ceil(core["seconds"] / 60), math.ceil(core["gib"])
    return [message("at most {n} min, expected", n=minutes), message("at most {n} GiB, expected", n=gib)]


def _time(seconds: float) -> str:
    if seconds < 100:
        return message("{n:.0f} s", n=seconds)
    return message("{n:.0f} min", n=seconds / 60)
