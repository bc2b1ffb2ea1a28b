"""``compress``: make a smaller run folder of a trained one."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..compress import METHODS, compress_run
from ..files import write_json
from ..messages import InputError, unknown
from . import output
from .overrides import given


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: an unknown method, an option of another method, and all that ``compress_run`` raises.
    """
    output.prepare(arguments.json)
    if arguments.method not in METHODS:
        raise InputError(unknown("method", arguments.method, METHODS))
    wanted = given(arguments, ("pieces", "kept"))  # one that the method has no use for is an error below
    found = compress_run(arguments.folder, arguments.method, arguments.out, **wanted)
    plain: dict[str, Any] = {**vars(found), "command": output.command(arguments)}
    if arguments.json == "-":
        import json

        print(json.dumps(plain, indent=1))
        return 0
    print(found)
    if arguments.json:
        write_json(arguments.json, plain)
    return 0
