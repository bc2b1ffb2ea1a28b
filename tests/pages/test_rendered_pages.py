"""What can be said of the rendered pages without a browser: links, headings, alt text, footer."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import report
import yaml
from bs4 import BeautifulSoup, Tag
from rendered import HTML, ROOT, anchors, pages, soup

pytestmark = pytest.mark.usefixtures("built")

PAGES = pages()
RAW_MARKDOWN = re.compile(
    r"^\s*\|.*\|\s*$|\*\*\w[^*]*\*\*|^\s*#{2,} |\]\([\w./:#-]+\)|\$[^$\s][^$\n]*\$|\{(eq|doc|term|cite:?\w?)\}",
    re.M,
)


def named(figure: Tag) -> str:
    """Return the text that a screen reader says for ``figure``."""
    if figure.name == "img":
        return str(figure.get("alt", ""))
    if figure.get("aria-label"):
        return str(figure["aria-label"])
    title = figure.find("title", recursive=False)
    return title.get_text() if title else ""


def test_every_page_of_the_contents_was_rendered():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [contents["root"]] + [c["file"] for part in contents["parts"] for c in part["chapters"]]
    assert sorted(f"{name}.html" for name in files) == PAGES


@pytest.mark.parametrize("page", [page for page in PAGES if re.match(r"book/\d\d_", page)])
def test_a_chapter_has_the_number_of_its_file(page):
    chapter = str(int(page.removeprefix("book/")[:2]))
    title = soup(page).select_one("article h1 .section-number")
    assert title.get_text().strip() == f"{chapter}."
    linked = soup("book/index.html").select_one(f'.bd-sidebar a[href$="{page.removeprefix("book/")}"]')
    assert linked.get_text().strip().startswith(f"{chapter}.")
    names = json.loads((HTML.parent / "names.json").read_text(encoding="utf-8"))
    printed = [e["number"] for e in names["equations"].values() if e["page"] == page.removesuffix(".html")]
    assert printed and all(number.startswith(f"{chapter}.") for number in printed)


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_has_alt_text(page):
    article = soup(page).find("article")
    figures = article.find_all(["img", "svg"])
    silent = []
    for figure in figures:
        hidden = figure.get("aria-hidden") == "true" or figure.find_parent(attrs={"aria-hidden": "true"})
        # an icon inside a labelled button is read with the button
        if hidden or figure.find_parent(["button", "a"], attrs={"aria-label": True}):
            continue
        if figure.find_parent(["svg"]) is not None:
            continue
        if figure.name == "svg" and figure.get("role") != "img":
            silent.append(f"svg without role=img: {str(figure)[:120]}")
        elif len(named(figure).strip()) < 10:
            silent.append(f"no alt text, or too short to say anything: {str(figure)[:120]}")
    report.note(page, figures=f"{len(figures) - len(silent)} of {len(figures)}")
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("page", PAGES)
def test_every_output_can_be_heard(page):
    """Text speaks for itself; a table needs headers, a view a name, a picture words (see above)."""
    mute = []
    for output in soup(page).select("article .cell_output"):
        for table in output.find_all("table"):
            if not table.find("th"):
                mute.append(f"table without headers: {table.get_text()[:60]}")
        for place in output.select(".sq-place"):
            if len(place.get("aria-label", "")) < 20:
                mute.append(f"view without a name: {place.get('id')}")
        if not output.get_text().strip() and not output.find(["img", "svg"]):
            mute.append(f"nothing to hear: {str(output)[:80]}")
    assert not mute, "\n".join(mute)


@pytest.mark.parametrize("page", PAGES)
def test_headings_are_in_order(page):
    levels = [
        int(h.name[1]) for h in soup(page).find("article").find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    ]
    assert levels[:1] == [1], "a page starts with its title"
    assert levels.count(1) == 1, "a page has one title"
    jumps = [(a, b) for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]
    assert not jumps, f"a heading level is skipped: {jumps}"


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_book_are_good(page):
    bad, good = [], 0
    for link in soup(page).find_all("a", href=True):
        target, fragment = urldefrag(link["href"])
        if urlsplit(target).scheme or target.startswith("//"):
            continue
        path = (HTML / page).parent / unquote(target) if target else HTML / page
        if not path.resolve().is_file():
            bad.append(link["href"])
        elif fragment and path.suffix == ".html":
            other = path.resolve().relative_to(HTML).as_posix()
            if unquote(fragment) not in anchors(other):
                bad.append(link["href"])
        good += 1
    report.note(page, links_inside=f"{good - len(bad)} of {good}")
    assert not bad, f"dead links: {bad}"


@pytest.mark.parametrize("page", PAGES)
def test_links_to_other_sites_are_well_formed(page):
    links = [a["href"] for a in soup(page).find_all("a", href=True) if urlsplit(a["href"]).scheme]
    bad = [href for href in links if urlsplit(href).scheme not in ("https", "mailto") or " " in href]
    bad += [href for href in links if urlsplit(href).scheme == "https" and "." not in urlsplit(href).netloc]
    report.note(page, links_outside=len(links), addresses=sorted(set(links)))
    assert not bad, f"links that are not https or have a space: {bad}"


@pytest.mark.parametrize("page", PAGES)
def test_the_footer_names_both_licences(page):
    footer = soup(page).find(class_="licences")
    assert footer is not None
    assert "CC BY-SA 4.0" in footer.get_text()
    assert "MIT" in footer.get_text()


@pytest.mark.parametrize("page", PAGES)
def test_no_output_shows_an_error_or_a_path_of_this_machine(page):
    text = soup(page).find("article").get_text()
    assert "Traceback (most recent call last)" not in text
    assert str(ROOT) not in text


@pytest.mark.parametrize("page", PAGES)
def test_no_markdown_is_left_as_it_was_written(page):
    """A table of pipes, stars or a heading's signs in the text: some Markdown was not understood."""
    article = BeautifulSoup(str(soup(page).find("article")), "html.parser")
    for code in article.select("pre, code, .math, script, style, title"):
        code.decompose()
    raw = [p.get_text() for p in article.find_all(["p", "li", "td"]) if RAW_MARKDOWN.search(p.get_text())]
    assert not raw, raw[:3]


def test_raw_markdown_is_noticed():
    for text in (
        "| run | where |",
        "so **much** of it",
        "## A heading",
        "[a link](page.html)",
        "With $L = 2$",
        "see {eq}",
    ):
        assert RAW_MARKDOWN.search(text), text
    for text in ("the gap | here", "5 * 3 ** 2", "# 1 in the list", "[1, 2] (seconds)", "$5 and more"):
        assert not RAW_MARKDOWN.search(text), text
