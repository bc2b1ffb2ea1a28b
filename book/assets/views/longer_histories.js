/**
 * Longer histories than any in training: what the newest step reads of each item, and how well the model ranks.
 *
 * Data: `words`, `asked` (items of the histories), `trained` and `twin` (items of the longest row in training),
 * `forms` [{name, values, twin (one number a length; empty without a twin), read (one list a length: 0 trained, 1 never, 2 by a rule)}].
 */

import { label, WIDTH } from "../toolkit/axes.js";
import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { drawing, element, fill } from "../toolkit/dom.js";
import { fixed, signed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { colour } from "../toolkit/theme.js";
import { view } from "../toolkit/view.js";

const HEIGHT = 22;

/** One cell an item, the oldest at the left: full, hollow or half. */
function cells(read, say) {
  const wide = (WIDTH - 4) / read.length;
  const look = { stroke: colour("blue"), "stroke-width": 1.5 };
  const drawn = read.map((kind, i) => {
    const high = kind === 2 ? HEIGHT / 2 : HEIGHT;
    const place = { x: 2 + i * wide + 1, y: 2 + HEIGHT - high, width: wide - 2, height: high };
    return drawing("rect", { ...place, ...look, fill: kind === 1 ? "none" : colour("blue") });
  });
  const ends = [label(2, HEIGHT + 18, say.oldest), label(WIDTH - 2, HEIGHT + 18, say.newest, { anchor: "end" })];
  return drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 24}`, class: "sq-chart" }, drawn, ends);
}

export default view((root, data) => {
  const say = data.words;
  const strip = element("div");
  const chart = element("div");
  const status = statusLine();
  const form = choice(say.form, data.forms.map((one, value) => ({ value, label: one.name })), draw);
  const start = data.asked.length - 1;
  const span = { min: 0, max: start, step: 1, value: start, say: (n) => String(data.asked[n]) };
  const length = slider(say.asked, span, draw);
  const kinds = element("ul", { class: "sq-note" }, say.kinds.map((kind) => element("li", {}, kind)));
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, form, length), element("p", { class: "sq-note" }, say.strip), strip, kinds, status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));
  const all = data.forms.flatMap((one) => [...one.values, ...one.twin]);
  const yDomain = [Math.min(...all) - 0.01, Math.max(...all) + 0.01];

  function draw() {
    const one = data.forms[form.get()];
    const at = length.get();
    const read = one.read[at];
    const picture = cells(read, say);
    const [trained, never, rule] = [0, 1, 2].map((kind) => read.filter((each) => each === kind).length);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", plainSentence(say.read, { form: one.name, n: read.length, trained, never, rule }));
    fill(strip, picture);
    const series = [
      { name: plainSentence(say.model, { n: data.trained }), values: one.values },
    ];
    if (one.twin.length) series.push({ name: plainSentence(say.model, { n: data.twin }), values: one.twin });
    const [first, last] = [one.values[0], one.values.at(-1)].map((value) => fixed(value, 3));
    const alt = plainSentence(say.alt, { form: one.name, low: data.asked[0], high: data.asked.at(-1), first, last });
    fill(chart, lineChart({ xName: say.across, yName: say.up, x: data.asked, series, alt, yDomain, data: say.table }));
    const by = signed(one.values[at] - one.values[data.asked.indexOf(data.trained)], 3);
    const twin = one.twin.length ? plainSentence(say.twinTold, { n: data.twin, value: fixed(one.twin[at], 3) }) : "";
    status.say(sentence(say.told, { n: data.asked[at], value: fixed(one.values[at], 3), by, trained: data.trained, twin }));
  }
  draw();
});
