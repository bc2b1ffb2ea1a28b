"""The command line: fit, search, evaluate, recommend, compare, simulate, export, serve.

Exit codes: 0 all went well; 1 data or settings that cannot be used, said in one line; 2 a command
line that cannot be read; 130 stopped by Ctrl-C. An error that is nobody's input keeps its traceback.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

import torch

from ..data.errors import DataError
from ..messages import InputError
from .data import as_flag
from .parser import make_parser

_SMALLER = "try a smaller --batch-size, --max-len or --dim"
_FEWER = "use fewer users, or a smaller log"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; ``argv`` is ``sys.argv[1:]`` when None."""
    arguments = make_parser().parse_args(argv)
    arguments.argv = list(sys.argv[1:] if argv is None else argv)
    try:
        code: int = arguments.run(arguments)
        return code
    except KeyboardInterrupt:
        return _say("stopped by Ctrl-C", 130)
    except BrokenPipeError:  # the reader of a pipe, such as head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except torch.cuda.OutOfMemoryError:
        if arguments.traceback:
            raise
        return _say(f"error: the GPU has no memory left: {_SMALLER}", 1)
    except (MemoryError, RuntimeError) as error:
        # PyTorch's allocator says so in words of its own, in an error that is used for much else.
        if arguments.traceback or not (isinstance(error, MemoryError) or "allocate memory" in str(error)):
            raise
        advice = f"{_SMALLER}, or {_FEWER}" if hasattr(arguments, "batch_size") else _FEWER
        return _say(f"error: this machine has no memory left: {advice}", 1)
    except (InputError, OSError) as error:
        if arguments.traceback:
            raise
        return _say(f"error: {_as_typed(_one_line(error), arguments.argv)}", 1)


def _one_line(error: Exception) -> str:
    text = error.told(as_flag) if isinstance(error, DataError) else str(error)
    return " ".join(text.split()) or type(error).__name__


def _as_typed(text: str, words: Sequence[str]) -> str:
    """``epochs is 0: ...`` as ``--epochs 0: ...``, or ``--set epochs=0: ...``, whichever was typed."""
    found = re.match(r"(\w+) is [^:,]+: ", text)
    if found is None:
        return text
    name = found.group(1)
    flag, rest = "--" + name.replace("_", "-"), text[found.end() :]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word == flag:
            return f"{flag} {after}: {rest}"
        if word.startswith(f"{flag}=") or (word.startswith(f"{name}=") and "--set" in words):
            return f"{'' if word.startswith('--') else '--set '}{word}: {rest}"
    return text


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code
