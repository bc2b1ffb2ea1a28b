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
# The least contrast that WCAG 2.1 asks of graphics and large text; most text has far more.
CONTRAST = 3
FAINT_TEXT = """least => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  for (const e of document.querySelectorAll("article *")) {
    if (!own(e) || !e.getClientRects().length) continue;
    if (e.closest(".headerlink, script, style, mjx-container")) continue;
    const style = getComputedStyle(e);
    const ink = parts(e.closest("svg") ? style.fill : style.color);
    if (ink.length < 3) continue;
    const [a, b] = [light(ink.slice(0, 3)), light(ground(e))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const words = e.textContent.trim().slice(0, 40);
    if (contrast < least) faint.push(`${contrast.toFixed(1)} ${e.tagName} ${words}`);
  }
  return faint.slice(0, 10);
}"""
# Formulas and figures that are cut off: a formula that its box hides a part of and that cannot be scrolled to,
# and any figure that needs sideways scrolling at all.
CUT = """() => {
  const cut = [];
  for (const e of document.querySelectorAll("article mjx-container[display='true']")) {
    const inside = e.querySelector("mjx-math").getBoundingClientRect(), outer = e.getBoundingClientRect();
    const name = e.closest("[id]")?.id;
    if (inside.top < outer.top - 0.5 || inside.bottom > outer.bottom + 0.5) cut.push(`${name} is cut in height`);
    if (inside.left < outer.left - 0.5 && e.scrollLeft === 0) cut.push(`${name} is cut at the left`);
    // a reader sees that half a formula is missing and swipes; one who misses a letter does not
    const beyond = e.scrollLeft ? 0 : inside.right - outer.right;
    if (beyond > 1 && beyond < 40) cut.push(`${name} loses ${beyond.toFixed(0)} pixels`);
  }
  for (const e of document.querySelectorAll("article figure, article svg[role=img], article img")) {
    if (!e.getClientRects().length) continue;
    const { left, right } = e.getBoundingClientRect();
    if (right > innerWidth + 1 || left < -1) cut.push(`a figure reaches beyond the screen, to ${right.toFixed(0)}`);
    for (let box = e.parentElement; box && box.tagName !== "ARTICLE"; box = box.parentElement)
      if (box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
        cut.push(`a figure scrolls sideways by ${box.scrollWidth - box.clientWidth}`);
  }
  for (const svg of document.querySelectorAll("article svg[role=img]")) {
    const outer = svg.getBoundingClientRect();
    for (const text of outer.width ? svg.querySelectorAll("text") : []) {
      const inner = text.getBoundingClientRect();
      if (inner.left < outer.left - 2 || inner.right > outer.right + 2) cut.push(`a figure cuts "${text.textContent}"`);
    }
  }
  return cut;
}"""
# Letters of diagrams as they are seen, in pixels: the smallest of each that is smaller than it may be.
SMALL = """least => [...document.querySelectorAll('figure.diagram svg[role=img]')].flatMap(svg => {
  const wide = svg.getBoundingClientRect().width, scale = wide / svg.viewBox.baseVal.width;
  const sizes = wide ? [...svg.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize) * scale) : [];
  const smallest = Math.min(...sizes);
  return smallest < least ? [`${svg.getAttribute('aria-label').slice(0, 40)}: ${smallest.toFixed(1)} pixels`] : [];
})"""
LETTERS = 7.9  # pixels; below that nobody reads them on a phone
CHARTS = """() => [...document.querySelectorAll('figure.plot:not(.diagram), .sq-figure')].map(f => [
  f.querySelector('svg')?.getAttribute('aria-label') ?? '', f.querySelectorAll('details table tbody tr').length])"""
FONTS = """async () => {
  await document.fonts.ready;
  return [...document.fonts].filter((font) => font.status === "error").map((font) => font.family);
}"""
# How light text and ground are, from 0 to 1, and what still scrolls.
PAPER = """() => {
  const light = (c) => c.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765;
  const page = getComputedStyle(document.body).backgroundColor;
  const clear = /rgba\\(.*, 0\\)/.test(page);
  return {ink: light(getComputedStyle(document.querySelector("article p")).color), ground: clear ? 1 : light(page),
    scrolls: [...document.querySelectorAll("article .sq-scroll")].filter((e) => e.scrollHeight > e.clientHeight + 1).length};
}"""
