"""A split that was made elsewhere: one log to train on, one that chooses, one that tests.

Sizes: ``N`` rows of all three parts, ``U`` users, ``V`` items of all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .errors import DataError
from .interactions import Interactions, Logged, log_of
from .report import Report
from .splits import Split, training_part, with_older
from .windows import ranking_cases

PARTS = ("training", "validation", "test")


def given_split(
    train: Interactions | Logged,
    validation: Interactions | Logged,
    test: Interactions | Logged,
    max_len: int = 50,
    windows: bool = False,
) -> Split:
    """Three logs as the parts of one split: no row changes its part.

    Each row of ``validation`` and ``test`` is a case. Its history is all that its user has before it:
    training, then validation, then test, each in its own order. A row without a history is no case, and the
    report counts it.

    Args:
        max_len, windows: as for :func:`leave_one_out`.

    Raises:
        DataError: some of the logs have times and others none, or a part without a case.
    """
    logs = [log_of(each) for each in (train, validation, test)]
    log, part = join_logs(logs)
    start, place = log.offsets[:-1], np.arange(len(log))
    counts = np.bincount(log.users[part == 0], minlength=log.n_users)
    report = with_older(log.report, start, start + counts, max_len, windows)
    protocol = f"given-full-{'repeats' if log.repeats else 'unseen'}"
    cases = {}
    for number, name in enumerate(PARTS[1:], 1):
        rows = place[part == number]
        chosen = rows[rows > log.offsets[log.users[rows]]]
        if not len(chosen):
            raise DataError(f"{logs[number].name}: no {name} row has a history before it: nothing to rank")
        if len(chosen) < len(rows):
            cold = len(rows) - len(chosen)
            report = report.note(f"{cold:,} {name} rows are their user's first, so no case: no history")
        cases[name] = ranking_cases(log, log.offsets[log.users[chosen]], chosen, max_len, protocol)
    return Split(
        train=training_part(log, start, start + counts, max_len, windows),
        validation=cases["validation"],
        test=cases["test"],
        train_log=replace(log.take(part == 0), report=report),
        log=log,
        protocol=protocol,
        max_len=max_len,
        report=report,
    )


def join_logs(logs: Sequence[Interactions]) -> tuple[Interactions, np.ndarray]:
    """``(log, part)``: the rows of all ``logs``, each user's in the order of the logs, and whose each is.

    Ids are whole numbers where they are in every log, else text. Events and features stay where every log
    has them; the report says which do not.

    Raises:
        DataError: some of the logs have times and others none.
    """
    timed = [each.times is not None for each in logs]
    if any(timed) and not all(timed):
        bare = logs[timed.index(False)].name
        raise DataError(f"{bare}: no times, but other parts have them: give all parts a time column, or none")
    user_ids, users = _one_numbering([each.user_ids for each in logs])
    item_ids, items = _one_numbering([each.item_ids[1:] for each in logs])
    part = np.repeat(np.arange(len(logs)), [len(each) for each in logs])
    rows = np.concatenate([numbers[each.users] for numbers, each in zip(users, logs, strict=True)])
    order = np.lexsort((np.arange(len(part)), part, rows))

    def joined(columns: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(columns)[order]

    names = [name for name in logs[0].features if _alike([each.features.get(name) for each in logs])]
    gone = sorted({name for each in logs for name in each.features} - set(names))
    with_events = all(each.events is not None for each in logs)
    sources = ", ".join(each.report.source for each in logs)
    report = Report(sources, sum(each.report.rows_read for each in logs))
    for each in logs:
        for entry in each.report.dropped:
            report = report.drop(entry.count, entry.what, f"{each.name}: {entry.why}")
        for text in each.report.notes:
            report = report.note(f"{each.name}: {text}")
    if gone:
        report = report.note(f"not in every part, so left out: {', '.join(gone)}")
    times = joined([each.times for each in logs if each.times is not None]) if all(timed) else None
    if times is not None:
        same = rows[order][1:] == rows[order][:-1]
        late = len(np.unique(rows[order][1:][same & (np.diff(times) < 0)]))
        if late:
            report = report.note(
                f"{late:,} users have a row of a later part that is older than one before it"
            )
    events = dict.fromkeys(name for each in logs for name in each.event_names if with_events)
    titles = _titles(logs, items, len(item_ids))
    log = Interactions(
        users=rows[order],
        items=joined([numbers[each.items - 1] + 1 for numbers, each in zip(items, logs, strict=True)]),
        times=times,
        user_ids=user_ids,
        item_ids=np.concatenate([np.array([None], dtype=object), item_ids]),
        titles=titles,
        events=joined([_events(each, list(events)) for each in logs]) if with_events else None,
        event_names=list(events),
        features={name: joined([each.features[name] for each in logs]) for name in names},
        repeats=any(each.repeats for each in logs),
        name=logs[0].name,
        report=report,
    )
    return log, part[order]


def _one_numbering(ids: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """``(all ids in order, for each log the new number of each of its ids)``."""
    whole = all(isinstance(each, int | np.integer) for some in ids for each in some)
    plain = [np.array([each if whole else str(each) for each in some], dtype=object) for some in ids]
    every, place = np.unique(np.concatenate(plain), return_inverse=True)
    return every, np.split(place, np.cumsum([len(some) for some in ids])[:-1])


def _alike(columns: Sequence[np.ndarray | None]) -> bool:
    """Whether a feature is in every log, and of one kind."""
    return len({None if values is None else values.dtype.kind for values in columns} | {None}) == 2 and all(
        values is not None for values in columns
    )


def _events(log: Interactions, names: Sequence[str]) -> np.ndarray:
    assert log.events is not None
    return np.array([names.index(name) for name in log.event_names], dtype=np.int64)[log.events]


def _titles(logs: Sequence[Interactions], items: Sequence[np.ndarray], count: int) -> list[str] | None:
    if all(each.titles is None for each in logs):
        return None
    titles = [""] * (count + 1)
    for each, numbers in zip(logs, items, strict=True):
        for number, title in zip(numbers, (each.titles or [])[1:], strict=False):
            titles[number + 1] = title
    return titles
