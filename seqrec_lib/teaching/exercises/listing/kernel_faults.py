"""Faults of names: they come from a kernel that something else has filled."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import torch

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault, error_words


def without_data(answer: object) -> object:
    """The same function as it is in a fresh kernel: modules, functions and classes, but no variables."""
    if not isinstance(answer, types.FunctionType):
        return answer
    kept = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
    space = {k: v for k, v in answer.__globals__.items() if isinstance(v, kept) or k == "__builtins__"}
    copy = types.FunctionType(
        answer.__code__, space, answer.__name__, answer.__defaults__, answer.__closure__
    )
    copy.__kwdefaults__ = answer.__kwdefaults__
    return copy


def mean_by_global(totals, rows):
    return sum(totals) / sum(sizes)  # type: ignore[name-defined]  # noqa: F821  (the fault: nobody hands sizes over)


def mean_by_argument(totals: list[float], sizes: list[int]) -> float:
    """totals: the summed loss of each batch, sizes: the rows of each. Returns the mean."""
    return sum(totals) / sum(sizes)


def _by_batches(totals, sizes):
    return sum(totals) / len(totals)


def _global_cost() -> tuple[str, dict]:
    error = error_words(mean_by_global, [40.0, 36.0], [8, 8])
    space = {"sizes": [8, 8, 4, 5], "sum": sum}  # of all rows, training and test
    wrong = types.FunctionType(mean_by_global.__code__, space)([40.0, 36.0], [8, 8])
    right = mean_by_argument([40.0, 36.0], [8, 8])
    words = (
        "In a fresh kernel: {error}. With the variable there, it holds the test rows too: {wrong:.2f} "
        "instead of {right:.2f}."
    )
    return words, {"error": error, "wrong": wrong, "right": right}


GLOBAL_LENGTHS = Fault(
    name="global-lengths",
    title="Lengths from a global variable",
    difficulty="medium",
    minutes=5,
    excerpt="    return loss / sum(sizes)\n",
    faulty=mean_by_global,
    measure=_global_cost,
    task=(
        "Return the summed loss over the number of rows. It is run as in a fresh kernel: "
        "without your variables."
    ),
    exercise=Exercise(
        name="global-lengths",
        reference=mean_by_argument,
        prepare=without_data,
        probes=lambda: [
            Probe("two batches", ([40.0, 36.0], [8, 8])),
            Probe("a short one", ([9.0, 2.0], [3, 1])),
        ],
        mutants=(
            Mutant(
                "global-lengths",
                "It needs a variable that is no argument. In a fresh kernel that is a NameError; in an "
                "old one it is whatever was left there.",
                mean_by_global,
            ),
            Mutant(
                "mean-over-batches", "This divides by the number of batches; rows are wanted.", _by_batches
            ),
        ),
        hints=("In a fresh kernel, who knows how many rows each batch has? How does the function get it?",),
    ),
)


CELL = """\
clips = torch.from_numpy(np.random.randint(0, 200, (500, 12, 8)))
answers = torch.from_numpy(np.random.randint(0, 200, 500))
sizes = torch.from_numpy(np.random.randint(1, 13, 500))
"""


FRESH = "<your cell>"


NAMES = ("clips", "answers", "sizes")
RANGES = ((0, 199), (0, 199), (1, 12))  # the smallest and the largest number that may be drawn


def _told(made: object) -> object:
    """Each one's shape, then whether all three are whole numbers, in their ranges, and drawn."""
    if not isinstance(made, tuple) or len(made) != len(NAMES):
        return made
    parts = [torch.as_tensor(part) for part in made]
    whole = all(isinstance(part, torch.Tensor) and part.dtype == torch.int64 for part in made)
    inside = all(
        part.numel() and low <= int(part.min()) and int(part.max()) <= high
        for part, (low, high) in zip(parts, RANGES, strict=True)
    )
    drawn = all(
        len(part.unique()) > (high - low) / 2 for part, (low, high) in zip(parts, RANGES, strict=True)
    )
    return (*(size for part in parts for size in part.shape), int(whole), int(inside), int(drawn))


def run_in_fresh_kernel(cell: object) -> Callable:
    """Turn the text of a cell into a function that runs it in an empty namespace and says what it made.

    A function may stand for the cell: it returns the three tensors.
    """
    if isinstance(cell, types.FunctionType):
        function = cell

        @functools.wraps(function)
        def answered() -> object:
            return _told(function())

        return answered

    def run() -> object:
        if not isinstance(cell, str):
            raise TypeError("give the text of the cell, as a string")
        space: dict[str, Any] = {"__name__": "fresh"}
        exec(compile(cell, FRESH, "exec"), space)
        missing = [name for name in NAMES if name not in space]
        if missing:
            raise NameError(f"the cell defines no {' and no '.join(missing)}")
        return _told(tuple(space[name] for name in NAMES))

    vars(run)["source_name"] = FRESH  # where an error in it is looked for
    return run


MENDED = "import numpy as np\nimport torch\n\n" + CELL


def mended_cell() -> object:
    return run_in_fresh_kernel(MENDED)()


def _torch_but_no_numpy() -> None:
    run_in_fresh_kernel("import torch\n" + CELL)()


def _made(cell: str) -> Callable:
    return lambda: run_in_fresh_kernel("import numpy as np\nimport torch\n\n" + cell)()


def _without_numpy() -> Callable:
    """The same sizes, and nothing is drawn."""
    zeros = "clips, answers = torch.zeros(500, 12, 8).long(), torch.zeros(500).long()\n"
    return _made(zeros + "sizes = answers + 1\n")


def _cell_cost() -> tuple[str, dict]:
    return "In a fresh kernel: {error}.", {"error": error_words(_torch_but_no_numpy)}


NP_MISSING = Fault(
    name="np-missing",
    title="np is never imported",
    difficulty="easy",
    minutes=2,
    excerpt="clips = torch.from_numpy(np.random.randint(0, 200, (500, 12, 8)))\n",
    faulty="import torch\n\n" + CELL,
    mended=MENDED,
    measure=_cell_cost,
    task="Give the text of the cell, as a string, so that it runs in a fresh kernel.",
    exercise=Exercise(
        name="np-missing",
        reference=mended_cell,
        prepare=run_in_fresh_kernel,
        probes=lambda: [Probe("a fresh kernel", ())],
        mutants=(
            Mutant(
                "np-missing",
                "A name is used that the cell never imports or defines. It only seems to work in a kernel "
                "where another cell has done so.",
                _torch_but_no_numpy,
            ),
            Mutant(
                "nothing-drawn",
                "The cell runs, but it makes other data: the listing draws whole numbers. Mend the cell, and "
                "leave what it makes as it is.",
                _without_numpy(),
            ),
            Mutant(
                "drawn-as-numbers",
                "The cell runs, but it makes real numbers: the listing draws whole ones.",
                _made(CELL.replace(")\n", ").float()\n")),
            ),
        ),
        hints=("Leave the three lines as they are. Which names do they use, and where does each come from?",),
    ),
)
