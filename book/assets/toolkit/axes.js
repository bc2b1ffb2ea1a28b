/** Scales and axes that the charts share. Sizes are SVG units; a chart is 420 of them wide. */

import { drawing } from "./dom.js";
import { shorten } from "./numbers.js";
import { colour } from "./theme.js";

export const WIDTH = 420;

/** A function from `[low, high]` to `[from, to]`; a domain of one point maps to the middle. */
export function scale([low, high], [from, to]) {
  if (low === high) return () => (from + to) / 2;
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** About `wanted` round numbers from `low` to `high`, both inside. */
export function ticks(low, high, wanted = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const far = (s) => Math.abs(Math.log(s / rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).reduce((a, b) => (far(b) < far(a) ? b : a));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The lowest and highest of `values`, widened to hold `also`; `[0, 1]` where there is nothing. */
export function extent(values, also = []) {
  const all = [...values, ...also].filter(Number.isFinite);
  return all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
}

/** Text in a chart. `anchor` is start, middle or end. */
export function label(x, y, text, { anchor = "start", size = 12, fill = "text", weight = null } = {}) {
  const place = { x, y, "text-anchor": anchor, "font-size": size, "font-weight": weight };
  return drawing("text", { ...place, fill: colour(fill), class: "sq-label" }, text);
}

/** A line along the bottom with ticks and a name below: `box` is `{left, right, top, bottom}`. */
export function bottomAxis(box, x, marks, say, name) {
  const line = { stroke: colour("line"), "stroke-width": 1 };
  return drawing(
    "g",
    {},
    drawing("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, ...line }),
    marks.map((m) => [
      drawing("line", { x1: x(m), x2: x(m), y1: box.bottom, y2: box.bottom + 4, ...line }),
      label(x(m), box.bottom + 17, say(m), { anchor: "middle" }),
    ]),
    name ? label((box.left + box.right) / 2, box.bottom + 34, shorten(name, 56), { anchor: "middle" }) : null,
  );
}

/** Faint lines across with numbers at the left, and a name above. */
export function leftAxis(box, y, marks, say, name) {
  return drawing(
    "g",
    {},
    marks.map((m) => [
      drawing("line", { x1: box.left, x2: box.right, y1: y(m), y2: y(m), stroke: colour("line"), "stroke-opacity": 0.5 }),
      label(box.left - 6, y(m) + 4, say(m), { anchor: "end" }),
    ]),
    name ? label(2, box.top - 10, shorten(name, 60)) : null,
  );
}

/** A point of the given shape, so that series differ without colour. */
export function marker(shape, x, y, fill, r = 4.5) {
  const paint = { fill, stroke: "none" };
  if (shape === "circle") return drawing("circle", { cx: x, cy: y, r, ...paint });
  const corners = {
    diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    triangle: [[0, -1.2], [1.1, 0.9], [-1.1, 0.9]],
  }[shape];
  return drawing("polygon", { points: corners.map(([a, b]) => `${x + a * r},${y + b * r}`).join(" "), ...paint });
}
