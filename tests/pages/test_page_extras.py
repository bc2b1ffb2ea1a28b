"""What stands around the text of a page: reading time, description, cards, labels, how to cite."""

import re
from html import unescape

import bibliography_style
import page_extras
import pytest
import yaml
from docutils.core import publish_doctree
from pybtex.database import Entry, Person
from rendered import ROOT, pages, soup, source_of
from visit import Visit

NOTEBOOKS = [page for page in pages() if (ROOT / page).with_suffix(".ipynb").is_file()]


def work(*authors, year="2020"):
    return Entry("misc", fields={"year": year}, persons={"author": [Person(name) for name in authors]})


@pytest.mark.parametrize(
    ("authors", "wanted"),
    [
        (["Ba, Jimmy", "Kiros, Jamie", "Hinton, Geoffrey"], "Ba et al., 2020"),
        (["Kang, Wang-Cheng", "McAuley, Julian"], "Kang and McAuley, 2020"),
        (["van der Maaten, Laurens"], "van der Maaten, 2020"),
        ([r"Ca{\~n}amares, Roc{\'i}o"], "Cañamares, 2020"),
    ],
)
def test_a_label_is_author_and_year(authors, wanted):
    assert bibliography_style.label(work(*authors)) == wanted


def test_works_with_one_label_get_letters_in_order():
    same = [work("Li, Jiacheng"), work("Li, Jing"), work("Li, Jing", year="2021")]
    assert list(bibliography_style.AuthorYear().format_labels(same)) == ["Li, 2020a", "Li, 2020b", "Li, 2021"]


def test_reading_time_counts_words_and_the_exercises_own_minutes():
    words = "word\n" * 180 * 12  # docutils refuses a line of more than 10,000 letters
    text = page_extras.reading_time(
        publish_doctree(f"{words}\n\n*code · easy · 12 minutes*\n\n::\n\n  some code\n")
    )
    assert text == "About 10 minutes to read, and 10 for its exercises."
    assert page_extras.reading_time(publish_doctree("word")) == "About 5 minutes to read."


def test_a_description_is_the_first_paragraph_cut_between_words():
    document = publish_doctree("Short.\n\n" + "seven " * 60)
    found = page_extras.description(document)
    assert found.endswith("seven…") and len(found) <= 200
    assert page_extras.description(publish_doctree("Short.")) == ""


def test_a_card_stands_on_links_to_terms_alone_and_is_escaped():
    body = '<a class="reference internal" href="glossary.html#term-x"> <a class="reference internal" href="a.html#x">'
    found = page_extras.with_cards(body, {"term-x": ("card", 'the "best" <b>')})
    assert found.count("data-card") == 1 and 'data-card="the &quot;best&quot; &lt;b&gt;"' in found


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_each_chapter_says_how_long_it_takes(page):
    below = soup(page).find("article").find("h1").find_next_sibling("p")
    assert "reading-time" in below["class"]
    minutes = re.findall(r"\w+ · (?:easy|medium|hard) · (\d+) minutes", source_of(page))
    said = [int(number) for number in re.findall(r"\d+", below.get_text())]
    assert len(said) == 1 + bool(minutes) and 5 <= said[0] <= 90
    assert not minutes or abs(said[1] - sum(map(int, minutes))) <= 2.5


@pytest.mark.parametrize("page", pages())
def test_each_page_has_a_description_and_an_icon(page):
    head = soup(page).head
    found = head.find("meta", attrs={"name": "description"})
    assert found and 20 <= len(found["content"]) <= 200, found
    assert head.find("link", rel="icon")["href"].endswith("favicon.svg")


def test_each_link_to_a_term_carries_its_meaning():
    terms = soup("book/glossary.html").select("dl.glossary dt[id]")
    known = {term["id"]: term.find_next_sibling("dd").get_text() for term in terms}
    links = [a for page in pages() for a in soup(page).select('article a.reference.internal[href*="#term-"]')]
    assert len(links) >= 20
    for link in links:
        meaning = known[link["href"].partition("#")[2]]
        assert unescape(link["data-card"]).split() == meaning.split()


def test_works_are_found_by_author_and_year_and_lead_somewhere():
    works = soup("book/bibliography.html").select("div.citation")
    labels = [one.find("span", class_="label").get_text() for one in works]
    assert len(set(labels)) == len(labels) >= 40
    for one, label in zip(works, labels, strict=True):
        assert re.fullmatch(r"\[[\w .'-]+, \d{4}[a-z]?\]", label), label
        assert one.select('a[href^="http"]'), f"{label} has neither a DOI nor an address"


def test_the_way_to_cite_says_what_the_citation_file_says():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    shown = (ROOT / "book" / "index.md").read_text(encoding="utf-8").partition("## Cite this book")[2]
    for value in (cited["title"], cited["authors"][0]["name"], cited["version"]):
        assert "{" + value + "}" in shown


@pytest.mark.browser
def test_a_card_comes_with_pointer_or_focus_and_goes_with_escape(browser, server):
    with Visit(browser, server, "book/03_evaluation.html") as visit:
        page, card = visit.tab, visit.tab.locator("#hover-card")
        term = page.locator("article a[data-card]").first
        term.scroll_into_view_if_needed()
        assert card.is_hidden()
        term.hover()
        card.wait_for(state="visible")
        assert card.inner_text().split() == term.get_attribute("data-card").split()
        box = card.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
        card.hover()  # WCAG 1.4.13: the pointer may go over what came
        page.wait_for_timeout(400)
        assert card.is_visible()
        page.keyboard.press("Escape")
        assert card.is_hidden()
        formula = page.locator("article a[data-formula]").first
        formula.scroll_into_view_if_needed()
        formula.hover()
        card.locator("mjx-container").wait_for(state="visible")
        page.mouse.move(0, 0)
        card.wait_for(state="hidden")
        term.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")  # by the keyboard, so the focus is one that shows
        card.wait_for(state="visible")
        assert term.get_attribute("aria-describedby") == "hover-card"
