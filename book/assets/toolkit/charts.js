/** Charts as SVG, each with words for it and the table of its data behind a fold. */

import { bottomAxis, extent, label, leftAxis, marker, scale, ticks, WIDTH } from "./axes.js";
import { drawing, element } from "./dom.js";
import { fixed, shorten } from "./numbers.js";
import { fold, dataTable } from "./table.js";
import { colour, SERIES } from "./theme.js";

/**
 * A drawing with words, a caption and data.
 *
 * @param {object} settings
 * @param {SVGElement} settings.svg the drawing. @param {string} settings.alt what it shows, in words.
 * @param {object} settings.table as for dataTable. @param {string} settings.data the line that opens the table.
 */
export function figure({ svg, alt, caption = null, table, data = "The data of this figure" }) {
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  return element(
    "figure",
    { class: "sq-figure" },
    svg,
    caption ? element("figcaption", {}, caption) : null,
    fold(data, dataTable(table)),
  );
}

const canvas = (height, ...content) =>
  drawing("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "sq-chart" }, content);

/** Names of the series with their shapes, one under another. */
function legend(names, x, y) {
  return names.map((name, i) => {
    const { marker: shape } = SERIES[i % SERIES.length];
    return [marker(shape, x, y + 17 * i - 4, colour(i)), label(x + 10, y + 17 * i, shorten(name, 44))];
  });
}

/**
 * Bars that lie, a row each, with the value at the end, and where wanted an interval and a line across.
 *
 * @param {object} settings
 * @param {string} settings.name what the numbers are: the name of the axis.
 * @param {{label: string, value: number, low: ?number, high: ?number, series: ?number}[]} settings.rows
 * @param {{label: string, value: number}[]} settings.lines values to compare with, such as a ceiling.
 * @param {number[]} settings.domain lowest and highest value of the axis; found from the data if left out.
 */
export function barChart({ name, rows, alt, lines = [], domain = null, digits = 3, caption = null, data }) {
  const top = 8 + 17 * lines.length;
  const box = { left: 8, right: WIDTH - 52, top, bottom: top + 38 * rows.length };
  const found = extent(rows.flatMap((r) => [r.value, r.low, r.high]), [0, ...lines.map((l) => l.value)]);
  const [low, high] = domain ?? found;
  const x = scale([low, high], [box.left, box.right]);
  const zero = x(Math.max(low, Math.min(high, 0)));
  const bars = rows.map((row, i) => {
    const y = box.top + 38 * i;
    const known = Number.isFinite(row.value); // a row without a value has its words alone
    const end = known ? x(row.value) : zero;
    const whisker = { stroke: colour("text"), "stroke-width": 1.5 };
    return [
      label(box.left, y + 12, shorten(row.label, 52)),
      known ? drawing("rect", { x: Math.min(zero, end), y: y + 17, height: 13, width: Math.abs(end - zero), fill: colour(row.series ?? 0) }) : null,
      Number.isFinite(row.low) && Number.isFinite(row.high)
        ? drawing("line", { x1: x(row.low), x2: x(row.high), y1: y + 23.5, y2: y + 23.5, ...whisker })
        : null,
      known
        ? label(Math.max(end, Number.isFinite(row.high) ? x(row.high) : end, zero) + 5, y + 28, fixed(row.value, digits))
        : null,
    ];
  });
  const across = lines.map((line, i) => {
    const stroke = { stroke: colour(i + 1), "stroke-width": 2, "stroke-dasharray": SERIES[(i + 1) % SERIES.length].dash };
    const middle = Math.max(60, Math.min(WIDTH - 60, x(line.value)));
    return [
      drawing("line", { x1: x(line.value), x2: x(line.value), y1: box.top, y2: box.bottom, ...stroke }),
      label(middle, 12 + 17 * i, `${shorten(line.label, 30)} ${fixed(line.value, digits)}`, { anchor: "middle" }),
    ];
  });
  const axis = bottomAxis(box, x, ticks(low, high, 4), (v) => String(v), name);
  const has = rows.some((row) => Number.isFinite(row.low));
  const columns = [{ label: "" }, { label: name, digits }, ...(has ? [{ label: "low", digits }, { label: "high", digits }] : [])];
  const table = {
    caption: name,
    columns,
    rows: [
      ...rows.map((r) => [r.label, Number.isFinite(r.value) ? r.value : "", ...(has ? [r.low, r.high] : [])]),
      ...lines.map((l) => [l.label, l.value, ...(has ? ["", ""] : [])]),
    ],
  };
  return figure({ svg: canvas(box.bottom + 42, axis, bars, across), alt, caption, table, data });
}

/**
 * Lines over a common axis.
 *
 * @param {object} settings
 * @param {string} settings.xName @param {string} settings.yName names of the axes.
 * @param {number[]} settings.x places, ascending.
 * @param {{name: string, values: number[]}[]} settings.series one value a place; NaN leaves a gap.
 */
export function lineChart({ xName, yName, x: places, series, alt, yDomain = null, digits = 3, caption = null, data }) {
  const top = 26 + 17 * series.length;
  const box = { left: 46, right: WIDTH - 12, top, bottom: top + 190 };
  const [low, high] = yDomain ?? extent(series.flatMap((s) => s.values), [0]);
  const x = scale(extent(places), [box.left + 6, box.right - 6]);
  const y = scale([low, high], [box.bottom, box.top]);
  const drawn = series.map((one, i) => {
    const { dash, marker: shape } = SERIES[i % SERIES.length];
    const points = places.map((p, k) => [x(p), y(one.values[k])]);
    const good = points.map(([, b]) => Number.isFinite(b));
    const path = points.map(([a, b], k) => (good[k] ? `${good[k - 1] ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}` : "")).join("");
    return [
      drawing("path", { d: path, fill: "none", stroke: colour(i), "stroke-width": 2, "stroke-dasharray": dash }),
      points.filter((_, k) => good[k]).map(([a, b]) => marker(shape, a, b, colour(i), 3.5)),
    ];
  });
  const across = bottomAxis(box, x, ticks(...extent(places), 6), (v) => String(v), xName);
  const up = leftAxis(box, y, ticks(low, high, 4), (v) => String(v), yName);
  const table = {
    caption: yName,
    columns: [{ label: xName }, ...series.map((s) => ({ label: s.name, digits }))],
    rows: places.map((p, k) => [String(p), ...series.map((s) => s.values[k])]),
  };
  const svg = canvas(box.bottom + 42, up, across, drawn, legend(series.map((s) => s.name), 12, 14));
  return figure({ svg, alt, caption, table, data });
}
