"""The toolkit in a real browser: text stays text, keys work, charts have words and data, numbers are exact."""

from __future__ import annotations

import pytest
from hostile import HOSTILE, PAGE, TRACES

from seqrec_lib.teaching.widgets import bundle

pytestmark = pytest.mark.browser

MODULES = [f"toolkit/{name}.js" for name in (
    "dom", "theme", "numbers", "data", "keys", "search", "table", "controls", "axes", "charts", "sentence",
    "view",
)]  # fmt: skip
HEAD = "const T = window.toolkit, main = document.querySelector('.sq-view');"


@pytest.fixture(scope="module")
def tab(browser):
    """A page with the toolkit as ``window.toolkit`` and an empty view."""
    code = bundle.library(*MODULES).replace("export default {", "window.toolkit = {")
    place = (
        f"<style>{bundle.styles()}</style><div class='sq-view'></div><script type='module'>{code}</script>"
    )
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.set_content(PAGE.format(body=place))
    page.wait_for_function("window.toolkit")
    yield page
    assert not errors
    context.close()


def run(tab, code, argument=None):
    return tab.evaluate(f"async (given) => {{ {HEAD} {code} }}", argument)


@pytest.mark.parametrize("kind", HOSTILE)
def test_text_stays_text(tab, kind):
    text = HOSTILE[kind]
    found = run(tab, """
      T.fill(main, T.element("p", {title: given, "aria-label": given}, given, T.words(given)),
        T.dataTable({caption: given, columns: [{label: given}, {label: given}], rows: [[given, given]]}),
        T.fold(given, given), T.button(given, () => {}), T.choice(given, [{value: 1, label: given}], () => {}).node,
        T.searchBox({label: given, options: () => [{label: given, value: 1, note: given}], onPick() {}}).node,
        T.barChart({name: given, rows: [{label: given, value: 1}], lines: [{label: given, value: 2}], alt: given}),
        T.lineChart({xName: given, yName: given, x: [1, 2], series: [{name: given, values: [1, 2]}], alt: given}),
        T.element("p", {}, T.sentence("{a} and {b}", {a: given, b: given})));
      main.querySelector("[role=combobox]").click();
      return [main.querySelector("p").firstChild.data, main.querySelector("option").textContent,
              main.querySelector("[role=option] bdi").textContent, main.querySelector("svg").ariaLabel];
    """, text)  # fmt: skip
    assert found[0] == text and found[2] == text and found[3] == text
    assert tab.evaluate(TRACES) == {"hacked": None, "elements": [], "wide": 0}


@pytest.mark.parametrize(
    "code",
    [
        'T.element("script")',
        'T.drawing("script")',
        'T.element("p", {onclick: "x"})',
        'T.element("p", {innerHTML: "<b>"})',
        'T.element("iframe", {srcdoc: "x"})',
        'T.element("a", {href: "javascript:x"})',
        'T.element("img", {src: "data:text/html,x"})',
        'T.element("a", {href: " javascript:x"})',
    ],
)
def test_what_could_run_is_refused(tab, code):
    assert run(tab, f"try {{ {code}; return 'taken'; }} catch (e) {{ return e.message; }}") != "taken"
    assert run(tab, 'return T.element("a", {href: "https://example.org"}).href') == "https://example.org/"


def test_numbers_as_text(tab):
    shown = run(tab, """return [T.fixed(-0.001), T.fixed(-1.5, 1), T.fixed(NaN), T.signed(0.25), T.signed(-0.25),
      T.percent(0.1234, 1), T.count(1234567), T.count(-1234), T.size(379148), T.size(999600), T.size(12),
      T.shorten("👩‍🚀abc", 3), T.fixed(undefined)]""")  # fmt: skip
    assert shown == ["0.00", "−1.5", "–", "+0.25", "−0.25", "12.3%", "1,234,567", "−1,234",
                     "379 kB", "1.0 MB", "12 B", "👩\u200d…", "–"]  # fmt: skip


def test_ticks_are_round_and_inside(tab):
    assert run(tab, "return T.ticks(0, 0.43, 4)") == [0, 0.1, 0.2, 0.3, 0.4]
    assert run(tab, "return T.ticks(-12, 30, 4)") == [-10, 0, 10, 20, 30][:5]
    assert run(tab, "return T.ticks(5, 5)") == [5]
    assert run(tab, "return T.scale([0, 10], [100, 200])(2.5)") == 125
    assert run(tab, "return T.extent([NaN, 3, undefined], [0])") == [0, 3]


def test_packed_numbers_come_back(tab):
    import torch

    from seqrec_lib.teaching.widgets.packing import lower_triangle, pack_floats, pack_shares

    values = torch.randn(5)
    assert run(tab, "return [...T.floats(given)]", pack_floats(values)) == values.tolist()
    grid = torch.rand(4, 4).tril()
    found = run(tab, "return [...T.triangleRow(T.shares(given), 2)]", pack_shares(lower_triangle(grid)))
    torch.testing.assert_close(torch.tensor(found), grid[2, :3], atol=1e-5, rtol=0)


def test_a_bar_chart_is_to_scale_and_has_its_data(tab):
    run(tab, """T.fill(main, T.barChart({name: "NDCG", alt: "Two bars of different length, and a line.",
      rows: [{label: "a", value: 0.2, low: 0.1, high: 0.3}, {label: "b", value: 0.4}],
      lines: [{label: "ceiling", value: 0.5}], domain: [0, 0.5]}))""")  # fmt: skip
    wide = [
        float(v)
        for v in run(tab, "return [...main.querySelectorAll('rect')].map(r => r.getAttribute('width'))")
    ]
    assert wide[1] == pytest.approx(2 * wide[0])
    line = run(tab, "return Number([...main.querySelectorAll('line')].at(-1).getAttribute('x1'))")
    rect = run(tab, "return Number(main.querySelector('rect').getAttribute('x'))")
    assert line - rect == pytest.approx(2.5 * wide[0])
    rows = run(
        tab, "return [...main.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    assert rows == [["a", "0.200", "0.100", "0.300"], ["b", "0.400", "", ""], ["ceiling", "0.500", "", ""]]
    assert tab.evaluate(TRACES)["wide"] == 0


def test_a_line_chart_leaves_a_gap_where_there_is_no_number(tab):
    run(tab, """T.fill(main, T.lineChart({xName: "epoch", yName: "loss", x: [1, 2, 3, 4], alt: "A line with a gap.",
      series: [{name: "a", values: [4, NaN, 2, 1]}, {name: "b", values: [1, 1, 1, 1]}]}))""")  # fmt: skip
    paths = run(tab, "return [...main.querySelectorAll('path')].map(p => p.getAttribute('d'))")
    assert paths[0].count("M") == 2 and paths[0].count("L") == 1 and paths[1].count("M") == 1
    dashes = run(
        tab, "return [...main.querySelectorAll('path')].map(p => p.getAttribute('stroke-dasharray'))"
    )
    assert dashes[0] != dashes[1], "series differ without colour too"
    assert run(tab, "return main.querySelectorAll('tbody tr').length") == 4


def test_the_search_box_by_keyboard_and_pointer(tab):
    run(tab, """window.taken = [];
      const names = ["Amber Oath", "Behind Amber Oath", "Café Noir", "Oath of Jade"];
      T.fill(main, T.searchBox({label: "Add", options: () => names.map((label, value) => ({label, value})),
        onPick: (o) => taken.push(o.label), say: (n) => `${n} found`}).node)""")  # fmt: skip
    box = tab.get_by_role("combobox", name="Add")
    options = tab.get_by_role("option")
    assert box.get_attribute("aria-expanded") == "false" and options.count() == 0
    box.focus()
    box.press_sequentially("oath")
    assert options.all_inner_texts() == ["Oath of Jade", "Amber Oath", "Behind Amber Oath"]
    assert tab.get_by_role("status").inner_text() == "3 found"
    box.press("ArrowDown")
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert tab.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert tab.locator(f"#{active}").inner_text() == "Amber Oath"
    box.press("Enter")
    assert box.input_value() == "" and box.get_attribute("aria-expanded") == "false"
    box.press_sequentially("cafe")
    assert options.all_inner_texts() == ["Café Noir"]
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and box.input_value() == "cafe"
    box.press("Escape")
    assert box.input_value() == ""
    box.press_sequentially("amber behind")
    options.first.hover()
    tab.mouse.down()
    assert tab.evaluate("taken") == ["Amber Oath"], "a press alone picks nothing"
    assert options.count() == 1 and tab.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    tab.mouse.up()
    assert tab.evaluate("taken") == ["Amber Oath", "Behind Amber Oath"]
    box.press_sequentially("jade")
    options.first.hover()
    tab.mouse.down()
    tab.mouse.move(0, 0)
    tab.mouse.up()
    assert tab.evaluate("taken").pop() == "Behind Amber Oath", "let go elsewhere, it picks nothing"


def test_arrow_keys_walk_and_tab_stops_once(tab):
    run(tab, """window.moves = [];
      const list = T.element("div", {}, [..."abcde"].map((c) => T.element("button", {type: "button"}, c)));
      T.fill(main, T.element("button", {id: "before"}, "before"), list, T.element("button", {id: "after"}, "after"));
      T.roving(list, "button", (_, n) => moves.push(n))""")  # fmt: skip
    tab.locator("#before").focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowUp", "End", "ArrowDown", "Home", "PageDown"):
        tab.keyboard.press(key)
    assert tab.evaluate("moves") == [0, 1, 2, 1, 4, 4, 0, 4] or tab.evaluate("moves") == [0, 1, 2, 1, 4, 0, 4]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "after"


def test_controls_say_and_keep_their_value(tab):
    run(tab, """window.seen = [];
      const c = T.choice("Model", [{value: 5, label: "five"}, {value: 6, label: "six"}], (v) => seen.push(v));
      const s = T.slider("Size", {min: 1, max: 9, step: 2, value: 3, say: (v) => `${v} items`}, (v) => seen.push(v));
      const t = T.tick("On", false, (v) => seen.push(v));
      const line = T.statusLine(); line.say("3 items");
      T.fill(main, T.group("Settings", c, s, t), line.node); window.c = c;""")  # fmt: skip
    tab.get_by_label("Model").select_option("six")
    slider = tab.get_by_label("Size")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "5 items"
    tab.get_by_label("On").check()
    assert tab.evaluate("seen") == [6, 5, True]
    assert tab.get_by_role("group", name="Settings").count() == 1
    assert tab.locator(".sq-status").inner_text() == "3 items"
    tab.evaluate("c.options([{value: 6, label: 'six'}, {value: 7, label: 'seven'}])")
    assert tab.evaluate("c.get()") == 6, "the choice is kept where it can be"


def test_colours_follow_the_theme_and_can_be_told_apart(tab):
    names = ["text", "blue", "orange", "green", "purple", "grey"]

    def colours():
        return run(tab, "return given.map((n) => T.resolvedColour(main, n))", names)

    def light(colour):
        parts = [float(v) / 255 for v in __import__("re").findall(r"[\d.]+", colour)[:3]]
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    by_theme = {}
    for theme, ground in (("light", 1.0), ("dark", light("rgb(18, 18, 18)"))):
        tab.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        tab.evaluate(
            f"document.documentElement.style.setProperty('--pst-color-text-base', '{'#111' if ground else '#eee'}')"
        )
        by_theme[theme] = colours()
        for name, colour in zip(names[1:], by_theme[theme][1:], strict=True):
            high, low = sorted((light(colour), ground), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 3, f"{name} in {theme}"
    assert by_theme["light"][1:] != by_theme["dark"][1:]
    with pytest.raises(Exception, match="unknown colour"):
        run(tab, 'T.colour("pink")')
    tab.evaluate("document.documentElement.removeAttribute('data-theme')")


def test_a_view_that_fails_says_so(tab):
    said = run(tab, """const broken = T.view(() => { throw new Error("no <b>data</b>"); });
      const el = document.createElement("div"); main.append(el);
      const keep = console.error; console.error = () => {};
      await broken.render({model: {get: () => null}, el}); console.error = keep;
      return [el.querySelector("[role=alert]").textContent, el.querySelectorAll("b").length];""")  # fmt: skip
    assert said == ["This view could not be drawn: no <b>data</b>", 0]


def test_a_sentence_needs_all_its_values(tab):
    assert run(tab, 'return T.plainSentence("{a} of {b}", {a: 1, b: "two"})') == "1 of two"
    with pytest.raises(Exception, match="no value for {b}"):
        run(tab, 'T.sentence("{b}", {})')
    with pytest.raises(Exception, match="missing from the words"):
        run(tab, "T.sentence(undefined)")
