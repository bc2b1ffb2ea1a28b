"""A course over the book: what is read before each meeting, what is done in it, what is left for home.

Minutes are never typed here. Those of exercises stand below their headings in the notebooks, and those of
reading are counted there, as the line under each chapter's title is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..messages import InputError, message, unknown
from .exercises import exercises
from .exercises.register import Entry, notebooks_folder

WORDS_A_MINUTE = 180  # slower than a novel: there are formulas
ROUND = 5  # minutes
FORMULAS = re.compile(r"\$\$.*?\$\$|```.*?```|^\|.*?$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """One meeting of a course.

    Attributes:
        title: what it is about. pages: what is read before, the names of notebooks. shown: what is shown
            and asked in class, one sentence. in_class, at_home: names of exercises.
    """

    title: str
    pages: tuple[str, ...]
    shown: str
    in_class: tuple[str, ...]
    at_home: tuple[str, ...]


EIGHT_WEEKS = (
    Lesson(
        "From a history to a ranked list",
        ("01_first_recommender",),
        "Ask the model in the page for the next item before and after one event is taken out.",
        ("next-item-pairs", "masked-attention-pool", "what-attention-brought"),
        ("ndcg-one-target", "inputs-for-the-loss", "softmax-then-nll", "padding-as-data", "loss-overwritten"),
    ),
    Lesson(
        "Logs, and figures that can be trusted",
        ("02_logs_to_sequences", "03_evaluation"),
        "Change one switch of the protocol lab at a time, and guess the new figure first.",
        ("pad-and-truncate", "what-the-rows-say", "who-is-better"),
        ("stable-order", "popularity-before", "bootstrap-over-users", "row-that-flatters"),
    ),
    Lesson(
        "Memory and attention",
        ("04_encoders", "05_attention"),
        "Let the playground fail in its three ways, and let the class say why before the curve shows it.",
        ("left-after", "last-real-state", "score-spread", "items-looked-at"),
        ("lstm-step", "masked-softmax", "additive-weights", "three-masks"),
    ),
    Lesson(
        "Forms of attention, and clicks",
        ("06_attention_family", "07_heads_and_clicks"),
        "Move the share of the log that is kept, and watch the calibration plot go wrong and come back.",
        ("split-heads", "din-pool", "which-form"),
        ("item-weights", "fm-pairs", "undo-sampling", "groups-that-tell"),
    ),
    Lesson(
        "A Transformer, and its loss",
        ("09_sasrec", "10_losses"),
        "Build one block on the board from chapter 9's loop, then compare losses in the view of chapter 10.",
        ("states-that-move", "gap-by-length", "bpr-of-steps"),
        ("causal-head", "loss-gradient", "log-q-softmax", "three-wrong-softmaxes"),
    ),
    Lesson(
        "Large catalogues, time and long histories",
        ("08_two_stages", "11_time_and_long_histories"),
        "Find the fastest index that keeps nine of ten items, then the form of position without a cliff.",
        ("index-recall", "interval-numbers", "what-longer-costs"),
        ("mean-relevance", "time-buckets", "metrics-disagree", "since-the-request"),
    ),
    Lesson(
        "Published figures, training well, tests with users",
        ("12_movielens", "13_training_well", "13b_ab_tests"),
        "Stop an A/B test that is looked at every day, first too early, then by its rule.",
        ("what-the-table-says", "when-to-stop", "size-of-a-test"),
        ("seen-filter", "best-of-trials", "p-at-every-user", "log-that-misleads"),
    ),
    Lesson(
        "Explanations, and a project",
        ("14_interpretability",),
        "Each group shows one page of its project: floor, model, ceiling, and what it does not know.",
        ("what-explanations-showed", "mean-curve"),
        ("order-shares", "rolled-out", "fewest-events"),
    ),
)

# For a course that has more time: what surrounds a model at work. Each meeting stands alone.
FOUR_MORE = (
    Lesson(
        "Little data",
        ("15_little_data",),
        "Play twenty questions with a hidden type, and let the class choose the next question first.",
        ("piece-of-a-history", "views-that-leave-it-alone", "what-little-data-says"),
        ("two-views", "labels-of-ones-own", "next-question"),
    ),
    Lesson(
        "Several goals, and what an action leads to",
        ("16_several_goals", "16b_reinforcement"),
        "Move the weight between clicks and purchases along the front, and guess the next point.",
        ("share-among-clicks", "what-goals-say", "slope-of-the-list", "what-policies-showed"),
        ("esmm-loss", "mgda-weight", "what-values-learn", "menu-that-tells"),
    ),
    Lesson(
        "Several modalities, new items, smaller models",
        ("17_several_modalities", "15b_cold_start", "18_small_and_deployed"),
        "Let the class say how many places of a list belong to new items, before the table is read.",
        ("residual-codes", "two-small-tables", "what-newcomers-need"),
        ("gate-of-parts", "scores-of-codes", "mix-by-history", "places-for-the-new"),
    ),
    Lesson(
        "A service, privacy and scale",
        ("18b_serving", "19_privacy", "20_scale"),
        "Send the service a body that is wrong. Then lower the budget step by step: what is still seen?",
        ("what-the-load-said", "clip-each-user", "batches-by-coins", "machines-needed"),
        ("frozen-axes", "caught-at-few-alarms", "shard-the-lookup", "sorted-stream"),
    ),
)


def reading_minutes(page: str, book: Path | None = None) -> int:
    """How long the text of a notebook takes to read, in whole fives.

    Args:
        page: its name without the ending. book: the folder of the notebooks, by default the one at hand.

    Raises:
        InputError: there is no such page (the message gives the nearest names), or no notebooks.
    """
    folder = book or notebooks_folder()
    if folder is None:
        raise InputError(message("The notebooks of the book are not at hand, so nothing can be counted."))
    file = folder / f"{page}.ipynb"
    if not file.is_file():
        raise InputError(unknown("page", page, [one.stem for one in sorted(folder.glob("*.ipynb"))]))
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    words = sum(len(FORMULAS.sub(" ", text).split()) for text in texts)
    return max(ROUND, ROUND * round(words / WORDS_A_MINUTE / ROUND))


class Plan:
    """The meetings as a table: reading, class and home, each with its minutes.

    Args:
        lessons: the meetings, in order. book: the folder of the notebooks. first: the first one's number.
    """

    def __init__(
        self, lessons: Iterable[Lesson] = EIGHT_WEEKS, book: Path | None = None, first: int = 1
    ) -> None:
        self.lessons, self.book, self.first = tuple(lessons), book, first
        self.known = {entry.name: entry for entry in exercises()}

    def minutes(self, names: Iterable[str]) -> int:
        """What the exercises take together."""
        return sum(int(self.known[name].minutes or 0) for name in names)

    def reading(self, lesson: Lesson) -> int:
        """What the pages take together."""
        return sum(reading_minutes(page, self.book) for page in lesson.pages)

    def summary(self) -> str:
        """The hours of the whole course."""
        read = sum(map(self.reading, self.lessons))
        there, home = (
            sum(self.minutes(getattr(one, k)) for one in self.lessons) for k in ("in_class", "at_home")
        )
        return message(
            "{n} meetings. Reading takes about {read} hours in all, exercises about {there} hours in class "
            "and {home} at home.",
            n=len(self.lessons), read=round(read / 60), there=round(there / 60), home=round(home / 60),
        )  # fmt: skip

    def __repr__(self) -> str:
        lines = [
            f"{n}. {message(one.title)}: {', '.join(one.pages)} ({self.reading(one)}); "
            f"{', '.join(one.in_class)} ({self.minutes(one.in_class)}); "
            f"{', '.join(one.at_home)} ({self.minutes(one.at_home)})"
            for n, one in enumerate(self.lessons, self.first)
        ]
        return "\n".join([*lines, self.summary()])

    def _repr_html_(self) -> str:
        heads = (message("Meeting"), message("Read before"), message("In class"), message("At home"))
        head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
        body = "".join(self._row(n, one) for n, one in enumerate(self.lessons, self.first))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p>{html.escape(self.summary())}</p>{table}"

    def _row(self, number: int, lesson: Lesson) -> str:
        pages = "<br>".join(_link(f"{page}.html", _title(page)) for page in lesson.pages)
        cells = (
            f"<strong>{number}</strong> {html.escape(message(lesson.title))}",
            f"{pages}<br>{_told(self.reading(lesson))}",
            f"{html.escape(message(lesson.shown))}<br>{self._exercises(lesson.in_class)}",
            self._exercises(lesson.at_home),
        )
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    def _exercises(self, names: tuple[str, ...]) -> str:
        links = ", ".join(_exercise(self.known[name]) for name in names)
        return f"{links}<br>{_told(self.minutes(names))}"


def _exercise(entry: Entry) -> str:
    return _link(entry.page, f"{entry.number} {message(entry.title)}" if entry.title else entry.name)


def _link(page: str, text: str) -> str:
    return f'<a href="{html.escape(page)}">{html.escape(text)}</a>' if page else html.escape(text)


def _told(minutes: int) -> str:
    return html.escape(message("{n} minutes", n=minutes))


def _title(page: str) -> str:
    number = page.split("_")[0].lstrip("0")
    return message("chapter {n}", n=number)
