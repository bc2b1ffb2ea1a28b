"""Accessibility, as axe judges it."""

from __future__ import annotations

from rendered import ROOT

AXE = ROOT / "_build" / "axe" / "axe.min.js"
# What axe would judge again and again is judged once: marks of a figure say nothing, and a token of code looks like
# each other one of its kind. Thousands of them are half of the nodes of a chapter. A token with anything of its own
# stays.
THIN = """() => {
  for (const mark of document.querySelectorAll("article svg[role=img] :is(path, use, rect, line, circle, polygon)"))
    if (!mark.id && !mark.closest("defs")) mark.remove();
  const known = new Set(), again = [];
  for (const token of document.querySelectorAll("article .highlight pre *")) {
    if ([...token.attributes].some((one) => one.name !== "class")) continue;
    const style = getComputedStyle(token);
    const kind = [token.tagName, token.className, style.color, style.backgroundColor, style.fontSize, style.fontWeight,
      style.opacity, style.display, style.visibility].join();
    if (known.has(kind)) again.push(token);
    known.add(kind);
  }
  for (const token of again) token.replaceWith(...token.childNodes);
}"""


def run_axe(tab, rules=(), without=()):
    """Return axe's findings on the page: severity, rule, what, where.

    Args:
        rules: these alone, if there are any. without: not these.
    """
    if not tab.evaluate("() => 'axe' in window"):
        tab.add_script_tag(path=AXE)
    run = """async ([rules, without]) => (await axe.run(document, {
      resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {}),
      rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}]))})).violations"""
    # a finding without an impact counts as minor
    return [
        (v["impact"] or "minor", v["id"], v["help"], [" ".join(map(str, n["target"])) for n in v["nodes"]])
        for v in tab.evaluate(run, [list(rules), list(without)])
    ]
