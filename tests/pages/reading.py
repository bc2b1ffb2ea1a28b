"""What a reader would notice at once and a parser of HTML would not, as questions to a page in a browser."""

from __future__ import annotations

# Words of a view that stand on two lines: a column is too narrow, or breaks inside words.
SPLIT_WORDS = """() => {
  const split = [];
  for (const view of document.querySelectorAll("article .sq-view, main .sq-view")) {
    const walker = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.getClientRects().length || node.parentElement.closest("option, .sq-heard, details:not([open])")) continue;
      for (const word of node.data.matchAll(/[\\p{L}\\p{N}.,%]+/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 1) split.push(word[0]);
      }
    }
  }
  return split;
}"""
# Rows that a view has marked as touched and that their box hides, below its header or beyond its edges.
OUT_OF_VIEW = """() => [...document.querySelectorAll(".sq-view .sq-scroll tr.sq-on")].filter((row) => {
  const box = row.closest(".sq-scroll");
  const head = box.querySelector("thead")?.getBoundingClientRect().bottom ?? -Infinity;
  const [inner, outer] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
  return inner.top < Math.max(head, outer.top) - 1.5 || inner.bottom > outer.bottom + 1.5;
}).map((row) => row.textContent.slice(0, 40))"""
# Bars that are too small to be seen where there is something to draw.
NO_BARS = """() => [...document.querySelectorAll(".sq-view table")].filter((table) => {
  const bars = [...table.querySelectorAll(".sq-bar")];
  return bars.length && !bars.some((bar) => bar.getBoundingClientRect().width > 15);
}).map((table) => table.className)"""
# What each view shows: its height, whether there is a table or a chart in sight, and what it proposes.
VIEWS = """() => [...document.querySelectorAll("article .sq-view")].map((view) => ({
  height: view.getBoundingClientRect().height,
  shows: [...view.querySelectorAll("tbody tr, svg rect, svg path")].some((e) => e.getClientRects().length),
  experiment: view.textContent.match(/Try this:.{20}/s)?.[0] ?? "",
  caption: view.closest("figure")?.querySelector(":scope > figcaption")?.textContent ?? "",
}))"""
# Code and outputs in sight that scroll sideways.
WIDE_CODE = """() => [...document.querySelectorAll("article pre")]
  .filter((pre) => pre.getClientRects().length && !pre.closest("details:not([open])") && pre.scrollWidth > pre.clientWidth + 1)
  .map((pre) => `${pre.scrollWidth - pre.clientWidth} pixels: ${pre.textContent.trim().slice(0, 50)}`)"""
# The size of the first heading of each level that the page has, in order.
HEADINGS = """() => ["h1", "h2", "h3", "h4"].map((level) => document.querySelector(`article ${level}`))
  .filter(Boolean).map((heading) => parseFloat(getComputedStyle(heading).fontSize))"""
# On paper: what reaches beyond the page, what still scrolls, and views and figures taller than a page.
CUT_ON_PAPER = """(tallest) => {
  const cut = [];
  const name = (e) => `${e.tagName} ${e.className.baseVal ?? e.className} ${e.textContent.trim().slice(0, 40)}`;
  for (const e of document.querySelectorAll("article pre, article table, article figure, article .sq-view, "
      + "article div.math, article svg[role=img]")) {
    if (!e.getClientRects().length) continue;
    if (e.getBoundingClientRect().right > innerWidth + 1) cut.push(`beyond the page: ${name(e)}`);
  }
  for (const e of document.querySelectorAll("article *")) {
    const style = getComputedStyle(e);
    const wide = e.scrollWidth > e.clientWidth + 2 && /auto|scroll|hidden/.test(style.overflowX);
    const tall = e.scrollHeight > e.clientHeight + 2 && /auto|scroll|hidden/.test(style.overflowY);
    if (!e.getClientRects().length || e.closest("mjx-container, span.math, .sq-heard, svg, select") || e.clientWidth < 2) continue;
    if (wide || tall) cut.push(`scrolls: ${name(e)}`);
  }
  for (const e of document.querySelectorAll("article .sq-view, article figure:not(.tabs)"))
    if (e.getBoundingClientRect().height > tallest) cut.push(`taller than a page: ${name(e)}`);
  return cut;
}"""
# The formulas as MathJax understood them, by the label of their equation.
FORMULAS = """() => Object.fromEntries([...MathJax.startup.document.math].map((item) => [
  item.start.node?.closest?.("div.math[id]")?.id ?? item.typesetRoot?.closest("div.math[id]")?.id ?? "",
  MathJax.startup.toMML(item.root).replace(/<annotation[^]*?<\\/annotation>/g, "").replace(/<[^>]+>/g, " ")]))"""
