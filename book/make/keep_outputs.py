"""A plugin of pytest: keep what the cells gave that nbval ran, so that the pages show what the tests saw.

    pytest --nbval-lax --nbval-current-env -p keep_outputs --keep-outputs OUT.ipynb NOTEBOOK

OUT.ipynb is the notebook with its outputs. ``nbval`` in its metadata says how many cells ran and passed, the
seconds, and the first fault with the number of its cell among all cells.
"""

from __future__ import annotations

import platform
import time

import nbformat
import pytest

FAULT = pytest.StashKey[str]()
# What Sphinx reads of it is the lexer.
LANGUAGE = {"name": "python", "version": platform.python_version(), "pygments_lexer": "ipython3"}


def pytest_addoption(parser):
    parser.addoption("--keep-outputs", help="where the notebook goes with the outputs of its cells")


def pytest_configure(config):
    config.stash[FAULT] = ""
    config.started = time.perf_counter()


SHOWN = ("display_data", "execute_result")


def pytest_runtest_setup(item):
    """Listen for outputs that are drawn anew, as a course of training is: nbval keeps the first."""
    file = item.parent
    file.current, file.count = item, 0
    if hasattr(file, "places"):
        return
    file.places, file.anew, ask = {}, {}, file.get_kernel_message

    def listen(*args, **kwargs):
        found = ask(*args, **kwargs)
        content = found["content"]
        name = content.get("transient", {}).get("display_id")
        if found["msg_type"] in SHOWN:
            if name:
                file.places[name] = (file.current, file.count)
            file.count += 1
        elif name and found["msg_type"] == "update_display_data":
            file.anew[name] = content["data"]
        return found

    file.get_kernel_message = listen


def _draw_anew(file):
    """Put the last drawing of each output where its first one stands."""
    for name, data in file.anew.items():
        if name in file.places:
            item, place = file.places[name]
            shown = [out for out in item.test_outputs or [] if out["output_type"] in SHOWN]
            if place < len(shown):
                shown[place]["data"] = data


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep the first fault: of a cell, or of the kernel before it."""
    report = yield
    if report.failed and not item.config.stash[FAULT]:
        cells = item.parent.nb.cells
        number = next(i for i, cell in enumerate(cells) if cell is item.cell)
        item.config.stash[FAULT] = f"cell {number}: {report.longreprtext[-2000:]}"
    return report


def pytest_sessionfinish(session):
    """Write the notebook; cells that did not run have no outputs."""
    if not session.items:
        return
    notebook = session.items[0].parent.nb
    _draw_anew(session.items[0].parent)
    ran = [item for item in session.items if item.test_outputs is not None]
    for count, item in enumerate(ran, start=1):
        item.cell.outputs, item.cell.execution_count = item.test_outputs, count
    notebook.metadata["language_info"] = LANGUAGE
    notebook.metadata["nbval"] = {
        "cells": len(session.items),
        "passed": session.testscollected - session.testsfailed if len(ran) == len(session.items) else 0,
        "seconds": round(time.perf_counter() - session.config.started, 1),
        "error": session.config.stash[FAULT],
    }
    nbformat.write(notebook, session.config.getoption("--keep-outputs"))
