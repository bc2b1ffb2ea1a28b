"""``recommend``: what should come after a history, or next for each user of a log, in the log's own ids."""

from __future__ import annotations

import json
import shlex
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Interactions, read_catalogue
from ..data.reading.opening import existing
from ..device import pick_device
from ..experiments import RecommendationNote, Run, load_run
from ..experiments.new_items import Described, with_items
from ..experiments.recommending import item_numbers
from ..experiments.run import USUAL_K
from ..files import write_json
from ..messages import InputError
from ..models.recommender import NextItem
from ..retrieval import Indexed, open_index
from . import output
from .data import moment
from .loading import read_as_run
from .text import table, write_table
from .why import add_reasons, as_words, check_method

ONLY_FOR_ALL = ("out", "users")


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: both or neither of --history and --data, a flag that belongs to the other way, a file
            that cannot be read, an id in it that is unknown, and all that ``Run.recommend`` raises.
    """
    _check(arguments)
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    made = load_run(arguments.folder, device)
    wishes: dict[str, Any] = {
        "exclude": _ids(arguments.exclude, "--exclude"),
        "candidates": _ids(arguments.candidates, "--candidates") or None,
        "seen": None if arguments.seen is None else arguments.seen == "in",
        "at": moment(arguments.at),
    }
    if arguments.k is None:
        arguments.k = min(USUAL_K, made.model.n_items)
    if arguments.data is not None:
        return _for_all(made, arguments, wishes)
    made = _with_new_items(made, arguments)
    history = _words(arguments.history, made)
    through = _through_index(made, arguments, len(history) + len(wishes["exclude"]))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RecommendationNote)
        rows: list[Any] = list(through.recommend([history], arguments.k, **wishes)[0])
    _tell(str(each.message) for each in told)
    if arguments.why is not None:  # of the model itself: an index scores only what it finds
        rows = add_reasons(made, rows, history, arguments.why, wishes["at"])
    _show(arguments, rows)
    return 0


def _tell(notes: Iterable[str]) -> None:
    for note in notes:  # also with --quiet: what is not as it was asked for is never hidden
        print(f"  note     {note}", file=sys.stderr)


def _words(text: str, made: Run) -> list[str]:
    """The ids in ``--history``: quoted where they have spaces; a text that is an id as it stands is that id.

    Raises:
        InputError: a quote that opens and does not close.
    """
    if text.strip() in item_numbers(made.item_ids):
        return [text.strip()]
    try:
        return shlex.split(text)
    except ValueError:
        raise InputError(
            f"--history {text}: a quote opens and does not close: put an id that has one into the "
            'other kind, such as "O\'Brien", or a backslash before it'
        ) from None


def _check(arguments: Namespace) -> None:
    if (arguments.history is None) == (arguments.data is None):
        raise InputError(
            'give --history "ID ID ID" for one history, or --data DATA --out FILE for every user of a log'
        )
    check_method(arguments.why)
    if arguments.data is not None and arguments.why is not None:
        raise InputError("--why belongs to --history: it names events of the one history that you give")
    if arguments.data is None:
        given = [name for name in ONLY_FOR_ALL if getattr(arguments, name) is not None]
        if given:
            raise InputError(f"--{given[0]} belongs to --data: a history is nobody's, and its list is shown")
    elif arguments.json:
        raise InputError("--json belongs to --history: lists for a log go into the table of --out")
    elif arguments.out is None:
        raise InputError("--data needs --out FILE, a .csv or .parquet file for the lists")
    elif Path(arguments.out).suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {arguments.out}: the name must end in .csv or .parquet")


def _ids(path: str | None, flag: str) -> list[str]:
    """The ids in a text file, one a line.

    Raises:
        InputError: no such file, no text, or no id in it.
    """
    if path is None:
        return []
    try:
        lines = existing(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{flag} {path}: not a UTF-8 text file: write one id a line") from error
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise InputError(f"{flag} {path}: the file is empty: write one id a line")
    return found


def _for_all(made: Run, arguments: Namespace, wishes: dict[str, Any]) -> int:
    output.prepare(arguments.out)
    users = _ids(arguments.users, "--users") or None
    log, _ = read_as_run(made, arguments)
    made = _with_new_items(made, arguments, log)
    longest = int(np.diff(log.offsets).max())
    made = _through_index(made, arguments, longest + len(wishes["exclude"]))
    found = made.recommend_all(log, arguments.k, users, **wishes)
    write_table(found.table, Path(arguments.out))
    if not arguments.quiet:
        print(log.report, file=sys.stderr)
    _tell(found.notes)
    people = found.table["user"].nunique()
    print(f"lists for {people:,} users, {len(found.table):,} rows in {arguments.out}", file=sys.stderr)
    return 0


def _with_new_items(made: Run, arguments: Namespace, log: Interactions | None = None) -> Run:
    """The run with the items of ``--items``, or of a newer ``log``, that it does not have."""
    table: Described | None = log
    if log is None and arguments.items is not None:
        table = read_catalogue(arguments.items)
    if table is None or not (table.item_features or table.titles):
        return made
    before = made.model.n_items
    made, notes = with_items(made, table)
    if made.model.n_items > before and arguments.index is not None:
        raise InputError("--index holds the items of training alone: leave it out where items are new")
    _tell(notes)
    return made


def _through_index(made: Run, arguments: Namespace, left_out: int) -> Run:
    """The run with a model that finds items through ``--index``; ``left_out`` items at most leave a list.

    Raises:
        InputError: no such index, its library is not installed, or the model does not score by dot products.
    """
    if arguments.index is None:
        return made
    if arguments.candidates is not None:
        raise InputError("--candidates: an index finds the best of all items: leave out --index")
    if not isinstance(made.model, NextItem):
        raise InputError(f"--index needs a model that scores by dot products; {made.name} does not")
    folder = Path(arguments.folder) / f"index-{arguments.index}"
    index = open_index(folder, made.model.item_matrix(), arguments.index)
    count = min(arguments.k + left_out, made.model.n_items)
    return replace(made, model=Indexed(made.model, index, count, unseen=False))


def _show(arguments: Namespace, rows: Sequence[Any]) -> None:
    if arguments.json == "-":
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if arguments.json:
        write_json(arguments.json, rows)
    if not rows:
        return  # a note has said why
    body = [[row["rank"], row["item"], row["title"], f"{row['score']:.3f}"] for row in rows]
    if arguments.why is None:
        print(table(["rank", "item", "title", "score"], body, left=3))
        return
    told = [[*line[:3], as_words(row["why"]), line[3]] for line, row in zip(body, rows, strict=True)]
    print(table(["rank", "item", "title", "because of", "score"], told, left=4))
    print(f"because of: by {arguments.why}, the events of the history that speak most for each item")
