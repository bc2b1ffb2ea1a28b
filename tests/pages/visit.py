"""One page opened in a fresh context, with all that was asked for and all that went wrong on the way."""

from __future__ import annotations

import gzip
from pathlib import PurePosixPath
from urllib.parse import urlsplit

# Two errors that the theme itself makes on every page.
THEME = ("THEBE_JS_URL' has already been declared", "Got invalid theme mode")
WIDE, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
TEXT = {".html", ".css", ".js", ".json", ".svg", ".mjs", ""}
# Formulas are drawn and every view that is on the page has finished.
READY = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  const waits = () => [...document.querySelectorAll('.sq-place')].some(e => !e.dataset.ready);
  for (let i = 0; waits() && i < 200; i++) await new Promise(r => setTimeout(r, 50));
  return performance.now();
}"""


def compressed(url: str, body: bytes) -> int:
    """Bytes on the way from a server that compresses text, as those of static sites do."""
    suffix = PurePosixPath(urlsplit(url).path).suffix
    return len(gzip.compress(body, 6)) if suffix in TEXT else len(body)


class Visit:
    """A page in a browser.

    Args:
        address: of the server, or ``file://`` and a folder. page: below it.
        scripts: whether JavaScript runs.

    Attributes:
        errors: what the console and the page reported. outside: requests to another host, all refused.
        sizes: address to compressed bytes of everything that was loaded.
        interactive: seconds from the request until formulas and views were ready.
        busy: seconds of that which the page's main thread really worked; another program's load does
            not change it.
    """

    def __init__(
        self, browser, address, page, size=WIDE, theme="light", scripts=True, measure=False, media=None
    ):
        self.errors, self.outside, self.sizes = [], [], {}
        self.address = address
        self.context = browser.new_context(viewport=size, color_scheme=theme, java_script_enabled=scripts)
        self.context.set_default_timeout(180_000)  # another program may keep the machine busy
        self.context.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
        )
        self.tab = self.context.new_page()
        if media:
            self.tab.emulate_media(media=media)
        self.tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.tab.on("pageerror", lambda e: self.errors.append(str(e)))
        self.answers, self.pending = [], set()
        self.tab.on("response", self._answered)
        self.tab.on("request", lambda one: self.pending.add(one))
        self.tab.on("requestfinished", lambda one: self.pending.discard(one))
        self.tab.on("requestfailed", lambda one: self.pending.discard(one))
        self.tab.route("**/*", self._guard)
        if measure:
            self.devtools = self.context.new_cdp_session(self.tab)
            self.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.tab.goto(f"{address}/{page}", wait_until="load")
        if scripts:
            self.tab.wait_for_function("!window.MathJax || !MathJax.startup || MathJax.startup.promise")
            self.interactive = self.tab.evaluate(READY) / 1000
        if measure:
            metrics = self.devtools.send("Performance.getMetrics")["metrics"]
            self.busy = next(m["value"] for m in metrics if m["name"] == "TaskDuration")
            self._weigh()

    def _answered(self, response):
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")
        else:
            self.answers.append(response)

    def _weigh(self):
        """Fill ``sizes`` once nothing is under way, after 10 s at the latest.

        Playwright's own wait for an idle network is not used: now and then it waits for a request of whose
        end Chromium never tells, until it gives up. Bodies are read here and not while answers come in,
        since reading one there holds up the events that it waits for.
        """
        quiet, rounds = 0, 0
        while quiet < 5 and rounds < 100:
            self.tab.wait_for_timeout(100)
            quiet, rounds = (0 if self.pending else quiet + 1), rounds + 1
        for answer in self.answers:
            if answer.url.startswith(self.address) and answer.request not in self.pending:
                self.sizes[answer.url] = compressed(answer.url, answer.body())

    def _guard(self, route):
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def own_errors(self):
        """Return the errors that are not the theme's, nor of a request that was refused above."""
        known = (*THEME, "net::ERR_FAILED") if self.outside else THEME
        return [error for error in self.errors if not any(part in error for part in known)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()
