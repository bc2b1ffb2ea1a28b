/** What the playground draws: losses, measures on fresh histories, and what the model looks at. */

import { bottomAxis, label, leftAxis, marker, scale, ticks } from "../toolkit/axes.js";
import { drawing } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence } from "../toolkit/sentence.js";
import { colour, SERIES } from "../toolkit/theme.js";

const WIDE = 340;

const svg = (height, alt, ...content) => {
  const style = { flex: "1 1 17rem", "max-width": "25rem", "min-width": 0 };
  const place = { viewBox: `0 0 ${WIDE} ${height}`, class: "sq-chart", style };
  return drawing("svg", { ...place, role: "img", "aria-label": alt }, content);
};

/**
 * Lines over the steps of a run, with a legend that carries their last values.
 *
 * @param {{name: string, values: number[], series: number, note: ?boolean}[]} lines one value a place, NaN for a gap;
 *   a line of one value runs across; `note` draws it thin.
 */
function lines(places, steps, rows, top, yName, alt) {
  const head = 6 + 16 * Math.ceil(rows.length / 2);
  const box = { left: 34, right: WIDE - 16, top: head + 20, bottom: head + 84 };
  const x = scale([0, steps], [box.left, box.right]);
  const y = scale([0, top], [box.bottom, box.top]);
  const drawn = rows.map(({ name, values, series, note, at = places }, i) => {
    const { dash, marker: shape } = SERIES[series];
    const [left, high] = [(i % 2) * 156, 9 + 16 * Math.floor(i / 2)];
    const flat = values.length === 1;
    const all = flat ? [[0, values[0]], [steps, values[0]]] : at.map((p, k) => [p, values[k]]);
    const points = all.filter(([, v]) => Number.isFinite(v));
    const paint = { fill: "none", stroke: colour(series), "stroke-width": note ? 1.5 : 2.2, "stroke-dasharray": dash };
    const path = points.map(([p, v], k) => `${k ? "L" : "M"}${x(p).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    const last = points.at(-1);
    return [
      drawing("path", { d: path, ...paint }),
      last && !flat && !note ? marker(shape, x(last[0]), y(last[1]), colour(series), 4) : null,
      drawing("line", { x1: left + 2, x2: left + 24, y1: high, y2: high, ...paint }),
      label(left + 29, high + 4, `${name} ${fixed(last?.[1], 2)}`),
    ];
  });
  const across = bottomAxis(box, x, ticks(0, steps, 4), String, null);
  const up = leftAxis(box, y, ticks(0, top, top > 1 ? 3 : 2), String, null);
  return svg(box.bottom + 22, alt, up, across, drawn, label(box.left, head + 10, yName, { fill: "muted", size: 11.5 }));
}

/** Mean training loss of the newest 25 steps at each place: one batch alone is noise. */
function smooth(points) {
  return points.map((_, i) => {
    let [sum, steps] = [0, 0];
    for (let j = i; j >= 0 && steps < 25 && points[j].steps; j -= 1) {
      sum += points[j].train * points[j].steps;
      steps += points[j].steps;
    }
    return sum / steps;
  });
}

/** The newest measurement, with the smoothed training loss. */
export const newest = (points) => ({ ...points.at(-1), train: smooth(points.slice(-26)).at(-1) });

/** Training and test loss with the least that is possible. `points` holds one measurement a place. */
export function lossChart(points, steps, limits, say) {
  const train = smooth(points);
  const all = [...train, ...points.map((p) => p.loss)].filter(Number.isFinite);
  const top = [3, 6, 12, 24, 48, 96].find((most) => Math.max(...all) <= most) ?? Math.max(...all);
  const last = newest(points);
  const numbers = { step: last.step, train: fixed(last.train, 2), loss: fixed(last.loss, 2), floor: fixed(limits.loss, 2) };
  const rows = [
    { name: say.train, values: train, series: 0 },
    { name: say.test, values: points.map((p) => p.loss), series: 1 },
    { name: say.floor, values: [limits.loss], series: 2, note: true },
  ];
  return lines(points.map((p) => p.step), steps, rows, top, say.loss_axis, plainSentence(say.loss_alt, numbers));
}

/** NDCG with ceiling and guess, the weight on the cause, and the run before in grey. */
export function measureChart(points, before, steps, limits, say) {
  const last = points.at(-1);
  const hasCause = Number.isFinite(last.cause);
  const found = { ndcg: last.ndcg, cause: last.cause, ceiling: limits.ndcg, guess: limits.guess };
  const numbers = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, fixed(value, 2)]));
  const rows = [
    { name: say.ndcg, values: points.map((p) => p.ndcg), series: 0 },
    { name: hasCause ? say.on_cause : say.no_cause, values: points.map((p) => p.cause), series: 1 },
    { name: say.ceiling, values: [limits.ndcg], series: 2, note: true },
  ];
  const old = { name: say.before, values: before.map((p) => p.ndcg), at: before.map((p) => p.step), series: 4, note: true };
  if (before.length) rows.push(old);
  return lines(points.map((p) => p.step), steps, rows, 1, say.measure_axis, plainSentence(say.measure_alt, { step: last.step, ...numbers }));
}

/** One history: a box an event, its weight as a bar above, the cause marked; then what the model expects. */
export function attentionStrip({ items, weights, causes, guess, expected }, say) {
  const cell = (WIDE - 48) / items.length;
  const most = Math.max(...weights);
  const high = (w) => (52 * w) / Math.max(most, 0.2);
  const events = items.map((item, j) => {
    const [x, tall, isCause] = [j * cell, high(weights[j]), causes.includes(j)];
    const edge = { fill: "none", stroke: colour(isCause ? "orange" : "line"), "stroke-width": isCause ? 2.5 : 1 };
    return [
      drawing("rect", { x: x + cell * 0.2, y: 72 - tall, width: cell * 0.6, height: tall, fill: colour("blue") }),
      weights[j] === most ? label(Math.max(x + cell / 2, 13), 68 - high(most), fixed(most, 2), { anchor: "middle" }) : null,
      drawing("rect", { x: x + 1.5, y: 74, width: cell - 3, height: 22, ...edge }),
      label(x + cell / 2, 90, letter(item), { anchor: "middle", size: 13.5 }),
      isCause ? marker("diamond", x + cell / 2, 104, colour("orange"), 4.5) : null,
    ];
  });
  const told = {
    history: items.map(letter).join(" "),
    weights: weights.map((w) => fixed(w, 2)).join(", "),
    causes: causes.map((j) => j + 1).join(", ") || "–",
    guess: letter(guess),
    expected: letter(expected),
  };
  const end = label(WIDE - 42, 90, `→ ${letter(guess)}`, { size: 14, weight: 600 });
  return svg(110, plainSentence(say.strip_alt, told), events, end);
}

/** The name of an item. */
export const letter = (item) => String.fromCharCode(65 + item);
