"""A local web server over the rendered pages, and a headless Chromium."""

from __future__ import annotations

import os
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import looks
import pytest
import report
from rendered import HTML, pages
from shapes import Shapes

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
MISSING = "no Chromium was found; on Debian or Ubuntu: apt-get install chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(SimpleHTTPRequestHandler):
    """Serve files and write no log."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def built():
    if not (HTML / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first")


@pytest.fixture(scope="session")
def server(built):
    """Serve the pages on a free local port; yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Yield a headless Chromium. Without one: a skip on a laptop, a failure in CI."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def shapes(browser, server):
    """Facts of each page in each shape; see shapes.py."""
    return Shapes(browser, server)


def together(nodeid: str) -> str:
    """What a worker takes as a whole: all tests of a page, which share what was found there, or of a file."""
    page = re.search(r"\[(book/[\w/]+\.html|search\.html)", nodeid)
    return page.group(1) if page else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With ``-n 2 --dist loadscope`` the scope is a page. (xdist's own groups do nothing under pytest 9.2.)"""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return together(nodeid)

    return ByPage(config, log)


def pytest_sessionfinish(session):
    """A worker hands on what it found; whoever has all writes it down."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["found"] = [report.FOUND, report.MODEL, looks.NEW]
        return
    report.write()
    if looks.NEW:
        looks.save({**{page: look for page, look in looks.load().items() if page in pages()}, **looks.NEW})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what a worker found."""
    found, model, new = getattr(node, "workeroutput", {}).get("found", ({}, {}, {}))
    for page, values in found.items():
        report.note(page, **values)
    report.MODEL.update(model)
    looks.NEW.update(new)


def pytest_terminal_summary(terminalreporter):
    if report.FOUND:
        terminalreporter.write_line(f"report of the pages: {report.FOLDER / 'pages.md'}")
    if CHROMIUM is None:
        terminalreporter.write_line(f"NOT RUN: the checks in a real browser: {MISSING}", yellow=True)
