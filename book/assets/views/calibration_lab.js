/**
 * Calibration lab: models that were trained on fewer and fewer rows without a click, and the formula that undoes it.
 *
 * Data: `words`, `clicks` (the share of clicks), `sets` [{kept, raw, mended}], most rows first; raw and mended hold
 * `said`, `clicks` and `truth` (one number a bin), `mean`, `auc`, `loss` and `error` {clicks, truth}.
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tick, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

export default view((root, data) => {
  const say = data.words;
  const percent = (n) => plainSentence(say.share, { percent: Math.round(100 * data.sets[n].kept) });
  const chart = element("div");
  const status = statusLine();
  const kept = slider(say.kept, { min: 0, max: data.sets.length - 1, step: 1, value: 0, say: percent }, draw);
  const undo = tick(say.undo, false, draw);
  const names = Object.entries(say.against_names).map(([value, label]) => ({ value, label }));
  const against = choice(say.against, names, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, kept, undo, against), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function draw() {
    const one = data.sets[kept.get()][undo.get() ? "mended" : "raw"];
    const so = one[against.get()];
    const series = [
      { name: say.model, values: so },
      { name: say.perfect, values: one.said },
    ];
    const [low, high, last] = [one.said[0], one.said.at(-1), so.at(-1)].map((value) => fixed(value, 3));
    const alt = plainSentence(say.alt, { low, high, true: last });
    const top = Math.max(...one.said, ...so);
    const x = one.said.map((value) => Number(value.toFixed(3)));
    const axes = { xName: say.across, yName: say.up, yDomain: [0, top] };
    fill(chart, lineChart({ ...axes, x, series, alt, data: say.table }));
    const told = { mean: one.mean, clicks: data.clicks, auc: one.auc, loss: one.loss, error: one.error[against.get()] };
    const numbers = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, fixed(value, 3)]));
    status.say(sentence(say.told, numbers));
  }
  draw();
});
