/**
 * Overconfidence by loss: what a model says of the item that it puts first, against the chance that the world gives it.
 *
 * Data: `words`, `temperatures`, `losses` [{name, readings {softmax, sigmoid}}]; a reading has one object a temperature:
 * `said` and `true` (one number a group of histories), `mean` [said, true] and `kl` (null where it has none).
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

export default view((root, data) => {
  const say = data.words;
  const by = data.temperatures;
  const chart = element("div");
  const status = statusLine();
  const names = data.losses.map((loss, value) => ({ value, label: loss.name }));
  const loss = choice(say.loss, names, draw);
  const readings = Object.entries(say.readings).map(([value, label]) => ({ value, label }));
  const reading = choice(say.reading, readings, draw);
  const span = { min: 0, max: by.length - 1, step: 1, value: by.indexOf(1), say: (n) => fixed(by[n], 1) };
  const temperature = slider(say.temperature, span, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, loss, reading, temperature), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function draw() {
    const one = data.losses[loss.get()].readings[reading.get()][temperature.get()];
    const series = [
      { name: say.model, values: one.true },
      { name: say.perfect, values: one.said },
    ];
    const [low, high, last] = [one.said[0], one.said.at(-1), one.true.at(-1)].map((value) => fixed(value, 3));
    const alt = plainSentence(say.alt, { low, high, true: last });
    const axes = { xName: say.across, yName: say.up, yDomain: [0, Math.max(...one.said, ...one.true)] };
    const x = one.said.map((value) => Number(value.toFixed(3)));
    fill(chart, lineChart({ ...axes, x, series, alt, data: say.table }));
    const [said, real] = one.mean.map((value) => fixed(value, 3));
    const kl = one.kl === null ? "" : plainSentence(say.kl, { value: fixed(one.kl, 3) });
    status.say(sentence(say.told, { said, true: real, kl }));
  }
  draw();
});
