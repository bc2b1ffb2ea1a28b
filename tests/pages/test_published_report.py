"""The report of `make test-all` is there, and it is known when it is stale."""

from __future__ import annotations

import os
import warnings

import all_report
import everything
import pytest


class StaleReport(UserWarning):
    """The report of `make test-all` does not cover what is here now."""


def judge(found: list[str], release: bool) -> None:
    """Warn of a stale report; fail where a release is made."""
    if not found:
        return
    text = f"tests/reports/test-all.md does not cover {', '.join(found)}: run make test-all"
    if release:
        pytest.fail(text)
    warnings.warn(StaleReport(text), stacklevel=2)


def test_the_report_covers_what_is_here():
    release, found = bool(os.environ.get("RELEASE")), all_report.read_report()
    judge(["anything: there is none"] if found is None else all_report.changes(found, release), release)


def test_the_report_is_of_a_good_run():
    found = all_report.read_report()
    if found is None:  # the test above has said so
        return
    assert found["outcome"] == "ok"
    assert {run["kind"] for run in found["environments"]} == {"newest", "oldest"}
    for run in found["environments"]:
        assert run["notebooks"] and not [row for row in run["notebooks"] if row["error"]]
    assert found["not_tried"], "other Pythons and PyTorch's floor are not tried where the report is made"
    assert all_report.READABLE.read_text(encoding="utf-8") == all_report.readable(found)


def test_the_report_shows_how_the_archive_for_a_class_was_used():
    found = all_report.read_report()
    if found is None:
        return
    text = all_report.readable({**found, "classroom": {"megabytes": 7, "log": ["network: cut off", "+ x"]}})
    assert "7 MB, wheels included" in text and "```\nnetwork: cut off\n+ x\n```" in text
    assert "archive for a class\n" not in all_report.readable({**found, "classroom": None})


def test_a_change_makes_a_report_stale(monkeypatch):
    now = all_report.covered()
    assert not all_report.changes({"covered": now}, release=True)
    for part in now:
        older = {"covered": {**now, part: "another"}}
        assert all_report.changes(older, release=True) == [part]
        assert all_report.changes(older) == ([] if part == "library" else [part])
    assert all_report.changes({"covered": {**now, "99_gone": "x"}}) == ["99_gone"]


def test_a_stale_report_warns_here_and_fails_a_release():
    with pytest.warns(StaleReport, match="pyproject"):
        judge(["pyproject"], release=False)
    with pytest.raises(pytest.fail.Exception, match="make test-all"):
        judge(["pyproject"], release=True)


def test_prose_does_not_count(tmp_path):
    path = tmp_path / "a.ipynb"
    cell = '{{"cell_type": "{}", "source": ["{}"]}}'
    for prose in ("one", "two"):
        path.write_text(f'{{"cells": [{cell.format("markdown", prose)}, {cell.format("code", "x = 1")}]}}')
        assert all_report.code_of(path) == "x = 1"


def test_a_report_of_the_pages_with_gaps_does_not_take_the_place_of_a_whole_one(
    tmp_path, monkeypatch, capsys
):
    made, kept = tmp_path / "report" / "pages.md", tmp_path / "kept"
    made.parent.mkdir()
    kept.mkdir()
    monkeypatch.setattr(everything, "BUILD", tmp_path)
    for text in ("| a.html | 0 | 1.2 |", "| a.html | – | 1.2 |"):
        made.write_text(text, encoding="utf-8")
        everything.keep_page_report(kept)
    assert (kept / "pages.md").read_text(encoding="utf-8") == "| a.html | 0 | 1.2 |"
    assert "has gaps" in capsys.readouterr().out


def test_the_report_of_the_pages_is_whole():
    text = (all_report.READABLE.parent / "pages.md").read_text(encoding="utf-8")
    assert "# The model in the page" in text and "| – |" not in text
