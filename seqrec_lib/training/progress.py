"""Progress that reads well in a terminal, in a log file, in a notebook and in a static page."""

from __future__ import annotations

import sys
import time


def notebook_shell() -> object | None:
    """The IPython shell when a notebook kernel runs this code, else None."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    return shell if hasattr(shell, "kernel") else None


class Silent:
    """Says nothing but what must not be missed."""

    def warn(self, text: str) -> None:
        """Say what is lost; nobody who asks for silence asks for that."""
        print(text, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Keep a line for good."""

    def epoch(self, number: int, text: str) -> None:
        """Report a finished epoch."""

    def start(self, number: int, steps: int) -> None:
        """An epoch of ``steps`` batches begins."""

    def step(self) -> None:
        """One batch is done."""

    def close(self) -> None:
        """Take the bar away."""


class Terminal(Silent):
    """A bar while an epoch runs, on standard error; in a file only the lines."""

    def __init__(self) -> None:
        self.bar = None

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def epoch(self, number: int, text: str) -> None:
        self.close()
        self.say(text)

    def start(self, number: int, steps: int) -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=steps, desc=f"epoch {number}", leave=False, unit="batch", disable=None)

    def step(self) -> None:
        if self.bar is not None:
            self.bar.update()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


class Notebook(Silent):
    """One output of plain text that is written over; what stays is the last state, with no widget.

    A widget would need its JavaScript in the static page; text needs nothing.
    """

    def __init__(self) -> None:
        from IPython.display import display

        self.kept: list[str] = []
        self.latest, self.bar, self.shown_at = "", "", 0.0
        self.handle = display(self._content(), raw=True, display_id=True)

    def _content(self) -> dict[str, str]:
        lines = [*self.kept, self.latest, self.bar]
        return {"text/plain": "\n".join(line for line in lines if line)}

    def _show(self) -> None:
        self.shown_at = time.monotonic()
        self.handle.update(self._content(), raw=True)

    def warn(self, text: str) -> None:
        self.say(text)

    def say(self, text: str) -> None:
        self.kept.append(text)
        self._show()

    def epoch(self, number: int, text: str) -> None:
        self.latest, self.bar = text, ""
        self._show()

    def start(self, number: int, steps: int) -> None:
        self.number, self.done, self.steps = number, 0, steps

    def step(self) -> None:
        self.done += 1
        if time.monotonic() - self.shown_at > 0.2:
            filled = 30 * self.done // self.steps
            self.bar = f"epoch {self.number}  {'█' * filled}{'·' * (30 - filled)}  {self.done}/{self.steps}"
            self._show()

    def close(self) -> None:
        self.latest = self.bar = ""
        self._show()


def make_progress(shown: bool) -> Silent:
    """The progress display that fits the place where the code runs."""
    if not shown:
        return Silent()
    return Notebook() if notebook_shell() is not None else Terminal()
