"""Where a command's figures go: the terminal and a JSON file."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from ..experiments.measure import gap_line
from ..experiments.measure_clicks import gap_closed
from ..files import write_json
from ..messages import InputError
from ..models.baselines import COUNTED
from .text import metrics_table, protocol_in_words, shown_metrics, table


def prepare(path: str | None) -> None:
    """Make the folder of an output file before hours of work, so that a bad path is found now.

    Raises:
        InputError: the path is a folder.
    """
    if path is None or path == "-":
        return
    if Path(path).is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def command(arguments: Namespace) -> list[str]:
    """The words that were typed, as anybody would type them."""
    return ["python", "-m", "seqrec_lib", *arguments.argv]


def show(arguments: Namespace, content: Mapping[str, Any], label: str) -> None:
    """Print the table, then write the JSON if it was asked for."""
    if arguments.json == "-":
        print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    if "places" in content:
        _show_clicks(content, label)
        if arguments.json:
            write_json(arguments.json, content)
            print(f"figures in {arguments.json}", file=sys.stderr)
        return
    name = shown_metrics(content["test"])[1]
    print(f"\n{about(content)}\n")
    rows = {label: content["test"], **content["floors"]}
    if "ceiling" in content:
        rows["ceiling"] = content["ceiling"]
    print(metrics_table(rows))
    low, high = content["test_intervals"][name]
    print(
        f"\n{name} of {label}: {content['test'][name]:.4f}, 95% interval {low:.4f} to {high:.4f} over users"
    )
    if content["floors"] and ("ceiling" in content or label not in content["floors"]):
        print(gap_line(content["test"], content["floors"], content.get("ceiling"), name))
    for told in filter(None, (lost(content, label), caution(content))):
        print(f"\n{told}")
    if arguments.json:
        write_json(arguments.json, content)
        print(f"figures in {arguments.json}", file=sys.stderr)


def _show_clicks(content: Mapping[str, Any], label: str) -> None:
    """The table of a model of clicks, and what it may know of places."""
    print(f"\n{about(content)}\n")
    rows = {label: content["test"], **content["floors"]}
    if "ceiling" in content:
        rows["ceiling"] = content["ceiling"]
    names = list(content["test"])
    body = [[each, *(f"{found[name]:.4f}" for name in names)] for each, found in rows.items()]
    print(table(["", *names], body))
    low, high = content["test_intervals"]["log-loss"]
    value = content["test"]["log-loss"]
    print(
        f"\nlog-loss of {label}: {value:.4f}, 95% interval {low:.4f} to {high:.4f} over users; less is better"
    )
    known = "are told" if content["places"] else "are not told"
    who = "model, floors and ceiling" if "ceiling" in content else "model and floors"
    print(f"{who} {known} at which place an item was shown")
    if "ceiling" in content:
        share = gap_closed(content["test"], content["floors"], content["ceiling"])
        print(f"log-loss: {share:.0%} of the gap between the best floor and the ceiling is closed")
    if "purchases" in content:
        _show_purchases(content["purchases"], label)


def _show_purchases(found: Mapping[str, Any], label: str) -> None:
    """The table of what is bought after a click, and on a world how far that is from the truth."""
    rows = {label: found["test"], **found["floors"]}
    if "ceiling" in found:
        rows["ceiling"] = found["ceiling"]
    names = list(found["test"])
    print(f"\npurchases ({found['rate']:.1%} of the clicks in training)\n")
    print(
        table(["", *names], [[each, *(f"{row[name]:.4f}" for name in names)] for each, row in rows.items()])
    )
    if "conversion" in found:
        away = found["conversion"]
        every, own, other = (away[key] for key in ("error", "error clicked", "error unclicked"))
        print(
            f"\np(purchase | click) is off by {every:.4f} (root mean square over all that was shown), by "
            f"{own:.4f} where it was clicked and by {other:.4f} elsewhere"
        )


def about(content: Mapping[str, Any]) -> str:
    """The data and the protocol of a result, by name and in words."""
    data, protocol = content["data"], content["protocol"]
    line = (
        f"{data['name']}: {data['users']:,} users, {data['items']:,} items, "
        f"{data['interactions']:,} interactions; {protocol}, {data['test_cases']:,} test cases"
    )
    words = protocol_in_words(protocol)
    return f"{line}\n{words}" if words else line


def lost(content: Mapping[str, Any], label: str) -> str:
    """What the figures would hide: steps and items that are never trained on, users who are not tested."""
    data, lines = content["data"], []
    if data.get("other_log"):
        lines.append(
            f"{label} was trained on another log: these are the figures of that model here, and the "
            "baselines beside it count this log's own training part."
        )
    trained, older = data.get("trained_targets", 0), data.get("untrained_targets", 0)
    counted = label in COUNTED  # a baseline counts all of the training part, however long its users' past
    if older and not counted:
        newest = content["settings"]["max_len"] + 1
        lines.append(
            f"{label} was trained on {trained:,} of {trained + older:,} steps: the others are older than "
            f"their user's newest {newest} items. --windows trains on them too. The baselines count "
            "all of them."
        )
    unmet, asked = data.get("items_never_trained", 0), data.get("test_targets_never_trained", 0)
    if unmet and not (older and counted):
        those = f", and {asked:,} of the {data['test_cases']:,} items that are asked for are among them: "
        lines.append(
            f"{unmet:,} of {data['items']:,} items {'is' if unmet == 1 else 'are'} in no training row"
            + (f"{those}no model can learn those." if asked else "; none of them is asked for.")
        )
    if data["users_not_tested"] and content["protocol"].startswith("loo"):
        who = f"{data['users_not_tested']:,} of {data['users']:,} users"
        lines.append(f"{who} have fewer than 3 interactions and are not tested.")
    return "\n".join(fill(line, 110) for line in lines)


def caution(content: Mapping[str, Any]) -> str:
    """What makes these figures too good: items that come again unexpectedly, or nothing left to rank."""
    data, told = content["data"], []
    again, asked, alone = data["met_before"], data["test_cases"], data.get("without_rivals", 0)
    if again and content["protocol"].endswith("-unseen"):
        told.append(
            f"Caution: {again:,} of the {asked:,} items that are asked for stand in their own history. The\n"
            "other items of that history leave the ranking, so these are easy to guess. The figures are too "
            "good, and not\nto be compared with those of a log without repeats. Choose "
            "--duplicates first, or --repeats where meeting\nan item again is normal."
        )
    if alone:
        told.append(
            f"Caution: in {alone:,} of the {asked:,} cases no other item is left to rank, because the "
            "history holds\nall others. Every metric is 1 there, whatever the model. Choose --repeats where "
            "meeting an item again is\nnormal, or bring a log with more items."
        )
    return "\n\n".join(told)
