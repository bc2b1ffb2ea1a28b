/**
 * Late items: what is known of one, which items are like it, and at which place each model puts it.
 *
 * Data: `words`, `parts` (names), `models` (names; the oracle is the last), `worst` (the largest place), `items`
 * [{title, said, cases, near (titles by part), places (a number by model)}].
 */

import { barChart } from "../toolkit/charts.js";
import { choice, group, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill, words } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const near = element("ol");
  const said = element("p", {});
  const status = statusLine();
  const titles = data.items.map((one, value) => ({ value, label: one.title }));
  const item = choice(say.item, titles, draw);
  const part = choice(say.part, data.parts.map((label, value) => ({ value, label })), draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, item, part), said,
    element("p", {}, say.near), near,
  );
  fill(root, element("div", { class: "sq-sides" }, left, element("div", {}, chart, status.node)));

  function draw() {
    const one = data.items[item.get()];
    fill(said, `${say.says} `, words(one.said));
    fill(near, ...one.near[part.get()].map((title) => element("li", {}, words(title))));
    const rows = data.models.map((label, n) => ({ label, value: one.places[n] }));
    const list = rows.map((row) => `${row.label} ${fixed(row.value, 1)}`).join(", ");
    const alt = plainSentence(say.alt, { title: one.title, list });
    fill(chart, barChart({ name: say.places, rows, alt, domain: [0, data.worst] }));
    const models = rows.slice(0, -1);
    const best = models.reduce((a, b) => (b.value < a.value ? b : a));
    status.say(sentence(say.told, {
      title: one.title, cases: String(one.cases), best: fixed(rows.at(-1).value, 1),
      first: fixed(best.value, 1), model: best.label,
    }));
  }
  draw();
});
