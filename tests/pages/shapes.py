"""Each page is opened three times: wide from a server, on a phone from a folder, and without scripts.

A visit costs seconds, and two dozen tests ask about the same page, so a visit reads all that they want to know.
What changes the page comes after what reads it as it was: first the page as it opens, then the same in dark (its
theme is switched, as a reader does it), other widths, paper, some use of the views, and last axe, in light. A theme
changes nothing but colours and a size nothing but the layout: colours are axe's business when the page is wide,
and in every theme and size our own reading of faint text looks at them. Pictures of dark pages, and axe's
judgement of their colours, belong to the slow tests (``dark``). What cannot be read is kept too, and fails the
tests that ask for it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from axe import AXE, THIN, run_axe
from looks import measure
from reading import (
    CHARTS,
    CONTRAST,
    CUT,
    CUT_ON_PAPER,
    FAINT_TEXT,
    FONTS,
    FORMULAS,
    HEADINGS,
    LETTERS,
    NO_BARS,
    OUT_OF_VIEW,
    PAPER,
    SMALL,
    SPLIT_WORDS,
    VIEWS,
    WIDE_CODE,
)
from rendered import HTML, SCREENSHOTS, has_own_mathjax, pages
from visit import PHONE, WIDE, Visit

SHEET = {"width": 718, "height": 1047}  # what A4 holds between its margins, in CSS pixels
WIDTHS = (390, 768, 1024, 1366)
AROUND = (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-area")


def photograph(tab, file: Path) -> Path:
    """Keep the whole page as a picture; PNG at its fastest, which Playwright's own screenshot cannot be asked for."""
    file.parent.mkdir(parents=True, exist_ok=True)
    wide, high = tab.evaluate("(({scrollWidth: w, scrollHeight: h}) => [w, h])(document.documentElement)")
    devtools = tab.context.new_cdp_session(tab)
    clip = {"x": 0, "y": 0, "width": min(wide, tab.viewport_size["width"]), "height": high, "scale": 1}
    asked = {"format": "png", "optimizeForSpeed": True, "captureBeyondViewport": True, "clip": clip}
    file.write_bytes(base64.b64decode(devtools.send("Page.captureScreenshot", asked)["data"]))
    devtools.detach()
    return file


def switch(tab, theme: str) -> None:
    tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    tab.wait_for_timeout(300)  # colours that fade have faded


def views(tab) -> dict[str, object]:
    """What the views of the page show, and what is wrong with it."""
    return {
        "shown": tab.evaluate(VIEWS),
        "split": tab.evaluate(SPLIT_WORDS),
        "hidden": tab.evaluate(OUT_OF_VIEW),
        "no bars": tab.evaluate(NO_BARS),
    }


def use(tab) -> dict[str, object]:
    """Load models, walk through histories; return the views after that, and what happened on the way."""
    found: dict[str, list] = {"focus": [], "marked": [], "hidden on the way": [], "scrolled": []}
    for button in tab.locator(".sq-view > .sq-button:visible").all():
        button.click()
        tab.locator(".sq-editable").wait_for()
        found["focus"].append(tab.evaluate("document.activeElement.tagName"))
        tab.get_by_role("button", name="Remove what it looked at most").click()
        tab.get_by_role("button", name="Swap the last two").click()
        found["marked"].append(tab.locator(".sq-history tr.sq-on").count())
    for button in tab.get_by_role("button", name="earlier step").all():
        button.scroll_into_view_if_needed()
        at = tab.evaluate("scrollY")
        for _ in range(12):
            button.press("Enter")
            found["hidden on the way"] += tab.evaluate(OUT_OF_VIEW)
        found["scrolled"].append(tab.evaluate("scrollY") - at)
    return {**found, **views(tab)}


def headings(tab) -> dict[int, list[float]]:
    """By width of the window: the sizes of the headings."""
    found = {}
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        found[width] = tab.evaluate(HEADINGS)
    tab.set_viewport_size(WIDE)
    return found


def paper(tab) -> dict[str, object]:
    """The page as it is printed, whatever the theme that it has on the screen; afterwards it is a screen again."""
    tab.emulate_media(media="print", color_scheme="dark")
    tab.set_viewport_size(SHEET)
    found = {
        **tab.evaluate(PAPER),
        "around": [part for part in AROUND if tab.locator(f"{part}:visible").count()],
        "cut": tab.evaluate(CUT_ON_PAPER, SHEET["height"]),
        "pdf": tab.pdf(format="A4"),
    }
    tab.emulate_media(media="screen", color_scheme="light")
    tab.set_viewport_size(WIDE)
    return found


class Shapes:
    """Facts of each page by size (``wide``, ``phone``, ``plain``: without scripts, ``dark``: wide, for the slow
    tests) and part, gathered on the first question.

    Parts of ``wide`` and ``phone`` are ``light`` and ``dark``, ``views`` before and ``used`` after some use, and
    ``axe``; of ``wide`` also ``formulas``, ``code``, ``headings`` and ``paper``; of ``phone`` ``folder``; of
    ``plain`` ``text``; of ``dark`` ``pictures`` and ``axe``.
    """

    def __init__(self, browser, server):
        self.browser, self.server, self.known = browser, server, {}

    def __call__(self, page, size="wide", part="light"):
        if (page, size) not in self.known:
            self.keep(page, size, None, lambda: getattr(self, size)(page))
        for found in (self.known[page, size], self.known.get((page, size, part))):
            if isinstance(found, Exception):
                raise found
        return self.known[page, size, part]

    def keep(self, page: str, size: str, part: str | None, read: Callable[[], object]) -> None:
        """Keep what ``read`` gives, or why it cannot."""
        try:
            found = read()
        except Exception as fault:  # whoever asks for this part is told
            found = fault
        self.known[(page, size, part) if part else (page, size)] = found

    def wide(self, page):
        with Visit(self.browser, self.server, page, WIDE, measure=True) as visit:
            tab, keep = visit.tab, lambda part, read: self.keep(page, "wide", part, read)
            self.as_it_opens(visit, page, "wide", keep)
            if page in pages():  # the search has no headings and no text of its own
                keep("headings", lambda: headings(tab))
                keep("paper", lambda: paper(tab))
            keep("used", lambda: {**use(tab), "errors": visit.own_errors()})
            self.judge(tab, keep)

    def phone(self, page):
        with Visit(self.browser, f"file://{HTML}", page, PHONE) as visit:
            tab, keep = visit.tab, lambda part, read: self.keep(page, "phone", part, read)
            keep("folder", lambda: {"fonts": tab.evaluate(FONTS), "errors": visit.own_errors()})
            self.as_it_opens(visit, page, "phone", keep)
            keep("used", lambda: {**use(tab), "errors": visit.own_errors()})
            self.judge(tab, keep, without=["color-contrast"])

    def dark(self, page):
        stem = PurePosixPath(page).stem
        with Visit(self.browser, self.server, page, WIDE, theme="dark") as visit:
            tab = visit.tab
            for size, viewport in (("phone", PHONE), ("wide", WIDE)):
                tab.set_viewport_size(viewport)
                tab.wait_for_timeout(300)
                self.keep(
                    page,
                    "dark",
                    f"picture {size}",
                    lambda s=size: photograph(tab, SCREENSHOTS / f"{stem}-{s}-dark.png"),
                )
            if AXE.is_file():
                tab.evaluate(THIN)
                self.keep(page, "dark", "axe", lambda: run_axe(tab, ["color-contrast"]))

    def plain(self, page):
        # Now and then Chromium never answers a page without scripts, whichever it is: then it is opened once more.
        for seconds in (30, 120):
            with Visit(self.browser, self.server, page, scripts=False) as visit:
                article = visit.tab.locator("article")
                self.keep(page, "plain", "text", lambda a=article, s=seconds: a.inner_text(timeout=1000 * s))
            if isinstance(self.known[page, "plain", "text"], str):
                return

    def as_it_opens(self, visit, page, size, keep):
        """Read the page as it is, in light and in dark; it is dark afterwards."""
        tab = visit.tab
        tab.wait_for_timeout(200)  # the frame after which a box has scrolled
        keep("views", lambda: views(tab))
        if size == "wide":
            keep("formulas", lambda: tab.evaluate(FORMULAS))
            keep("code", lambda: tab.evaluate(WIDE_CODE))
        for theme in ("light", "dark"):
            switch(tab, theme)
            keep(theme, lambda theme=theme: self.facts(visit, page, size, theme))

    @staticmethod
    def judge(tab, keep, without=()):
        """Let axe read the whole page in light, but for the rules ``without``."""
        switch(tab, "light")
        if AXE.is_file():
            tab.evaluate(THIN)
            keep("axe", lambda: run_axe(tab, without=without))

    @staticmethod
    def facts(visit, page, size, theme):
        tab, outside = visit.tab, visit.outside
        if not has_own_mathjax():
            outside = [url for url in outside if "/mathjax@" not in url]
        once = {}
        if theme == "light":
            picture = photograph(tab, SCREENSHOTS / f"{PurePosixPath(page).stem}-{size}-light.png")
            once = {"picture": picture}
        if (size, theme) == ("wide", "light"):
            once |= {"look": measure(tab, picture), "sizes": dict(visit.sizes), "busy": visit.busy}
        return {
            "outside": list(outside),
            "errors": visit.own_errors(),
            "theme": tab.evaluate("document.documentElement.dataset.theme"),
            "too_wide": tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
            "faint": tab.evaluate(FAINT_TEXT, CONTRAST),
            "cut": tab.evaluate(CUT),
            "charts": tab.evaluate(CHARTS),
            "small": tab.evaluate(SMALL, LETTERS),
            "drawn": tab.locator("article mjx-container").count(),
            "undrawn": tab.locator("article mjx-merror, article [data-mjx-error]").count(),
            "views": tab.locator(".sq-place").count(),
            "ready": tab.locator(".sq-place[data-ready]").count(),
            "interactive": visit.interactive,
            **once,
        }
