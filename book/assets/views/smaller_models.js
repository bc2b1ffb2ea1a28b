/**
 * Size against quality: a way to make a model smaller, how far it goes, and what is left of figures and of one list.
 *
 * Data: `words`, `full`, and `ways` [{name, models}]; a model is {level, bytes, quality, kept, titles}, largest first.
 */

import { barChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill, words } from "../toolkit/dom.js";
import { fixed, percent, size } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { dataTable } from "../toolkit/table.js";
import { view } from "../toolkit/view.js";

// Places of the list that are shown: with more the view is higher than a laptop's window.
const SHOWN = 6;

export default view((root, data) => {
  const say = data.words;
  const full = data.full;
  const chart = element("div");
  const list = element("div");
  const place = element("div");
  const status = statusLine();
  const way = choice(say.way, data.ways.map((one, value) => ({ value, label: one.name })), begin);
  let far = null;
  const controls = group(say.choose, way, { node: place });
  const left = element("div", {}, element("p", { class: "sq-title" }, say.title), tryThis(say), controls, status.node);
  fill(root, element("div", { class: "sq-sides" }, left, chart), list);

  /** Another way has other levels, so it has a slider of its own. */
  function begin() {
    const models = data.ways[way.get()].models;
    const span = { min: 0, max: models.length - 1, step: 1, value: 0, say: (n) => models[n].level };
    far = slider(say.level, span, draw);
    fill(place, far.node);
    draw();
  }

  function draw() {
    const one = data.ways[way.get()].models[far.get()];
    const shares = [one.bytes / full.bytes, one.quality / full.quality, one.kept];
    const told = { bytes: percent(shares[0], 1), quality: percent(shares[1], 1), kept: percent(shares[2], 1) };
    const rows = say.bars.map((label, i) => ({ label, value: shares[i], series: i }));
    const top = Math.max(1, ...shares);
    fill(chart, barChart({ name: say.across, rows, alt: plainSentence(say.alt, told), domain: [0, top], data: say.table }));
    const columns = [{ label: say.place, numeric: true }, { label: say.before }, { label: say.after }];
    const lines = one.titles.slice(0, SHOWN).map((title, n) => {
      const fresh = full.titles.includes(title) ? null : element("em", {}, ` ${say.fresh}`);
      return [String(n + 1), full.titles[n], element("span", {}, words(title), fresh)];
    });
    fill(list, dataTable({ caption: say.lists, columns, rows: lines }));
    status.say(
      sentence(say.told, {
        level: one.level,
        bytes: size(one.bytes),
        full: size(full.bytes),
        times: fixed(full.bytes / one.bytes, 2),
        quality: fixed(one.quality, 3),
        first: fixed(full.quality, 3),
        kept: percent(one.kept, 1),
      }),
    );
  }
  begin();
});
