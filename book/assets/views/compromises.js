/**
 * Compromises between clicks and purchases: a weight moves one user's list and a point on the front.
 *
 * Data: `words`, `weights`, `people` (how many), `items` [{title, price}] by number, `ways` [{name, clicks, purchases,
 * price, lists}]: one figure a weight; a list is by user and weight, rows of [item, p(click), p(click and purchase)].
 */

import { bottomAxis, extent, label, leftAxis, marker, scale, ticks, WIDTH } from "../toolkit/axes.js";
import { figure } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { drawing, element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { dataTable } from "../toolkit/table.js";
import { colour, SERIES } from "../toolkit/theme.js";
import { view } from "../toolkit/view.js";

/** The fronts of all ways as curves, with the point of `way` and weight `k` marked. */
function fronts(data, way, k) {
  const top = 26 + 17 * (data.ways.length + 1);
  const box = { left: 46, right: WIDTH - 12, top, bottom: top + 170 };
  const [left, right] = extent(data.ways.flatMap((one) => one.clicks));
  const [low, high] = extent(data.ways.flatMap((one) => one.purchases));
  const x = scale([left, right], [box.left + 8, box.right - 8]);
  const y = scale([low, high], [box.bottom - 8, box.top + 4]);
  const curves = data.ways.map((one, i) => {
    const path = one.clicks.map((c, n) => `${n ? "L" : "M"}${x(c).toFixed(1)} ${y(one.purchases[n]).toFixed(1)}`).join("");
    const paint = { fill: "none", stroke: colour(i), "stroke-width": 2, "stroke-dasharray": SERIES[i].dash };
    return drawing("path", { d: path, ...paint });
  });
  const at = [x(data.ways[way].clicks[k]), y(data.ways[way].purchases[k])];
  const names = [...data.ways.map((one) => one.name), data.words.here];
  const legend = names.map((name, i) => {
    const last = i === data.ways.length;
    const paint = last ? {} : { stroke: colour(i), "stroke-width": 2, "stroke-dasharray": SERIES[i].dash };
    const sign = last
      ? marker("diamond", 14, 10 + 17 * i, colour("text"), 5)
      : drawing("line", { x1: 4, x2: 24, y1: 10 + 17 * i, y2: 10 + 17 * i, ...paint });
    return [sign, label(30, 14 + 17 * i, name)];
  });
  const across = bottomAxis(box, x, ticks(left, right, 5), (v) => String(v), data.words.across);
  const up = leftAxis(box, y, ticks(low, high, 4), (v) => String(v), data.words.up);
  const all = [up, across, curves, marker("diamond", ...at, colour("text"), 6), legend];
  return drawing("svg", { viewBox: `0 0 ${WIDTH} ${box.bottom + 42}`, class: "sq-chart" }, all);
}

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const list = element("div");
  const status = statusLine();
  const way = choice(say.way, data.ways.map((one, value) => ({ value, label: one.name })), draw);
  const users = Array.from({ length: data.people }, (_, value) => ({ value, label: plainSentence(say.user, { n: value + 1 }) }));
  const person = choice(say.person, users, draw);
  const middle = Math.floor(data.weights.length / 2);
  const span = { min: 0, max: data.weights.length - 1, step: 1, value: middle, say: (n) => fixed(data.weights[n], 2) };
  const weight = slider(say.weight, span, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, way, person, weight), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart), list);

  function draw() {
    const [who, k] = [Number(way.get()), weight.get()];
    const one = data.ways[who];
    const shown = { weight: fixed(data.weights[k], 2), clicks: fixed(one.clicks[k], 3), purchases: fixed(one.purchases[k], 3) };
    const ends = {
      name: one.name, weight: shown.weight, clicks: fixed(one.clicks[0], 3), purchases: fixed(one.purchases[0], 3),
      clicksLast: fixed(one.clicks.at(-1), 3), purchasesLast: fixed(one.purchases.at(-1), 3),
    };
    const table = {
      caption: one.name,
      columns: [{ label: say.weight }, ...[say.across, say.up, say.columns[1]].map((name) => ({ label: name, digits: 3 }))],
      rows: data.weights.map((w, n) => [fixed(w, 2), one.clicks[n], one.purchases[n], one.price[n]]),
    };
    const svg = fronts(data, who, k);
    fill(chart, figure({ svg, alt: plainSentence(say.alt, ends), table, data: say.table }));
    const rows = one.lists[person.get()][k].map(([item, click, both]) => {
      const { title, price } = data.items[item];
      return [title, price, click, both];
    });
    const columns = say.columns.map((name, i) => (i ? { label: name, digits: i === 1 ? 2 : 3 } : { label: name }));
    fill(list, dataTable({ caption: say.list, columns, rows }));
    status.say(sentence(say.told, { ...shown, price: fixed(one.price[k], 2) }));
  }
  draw();
});
