/**
 * Ways of ranking new items, weighed by how many of the next items are new.
 *
 * Data: `words`, `worlds` [{name, ways [{name, warm, cold}], oracle [warm, cold], usual (of 100)}].
 */

import { barChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const world = choice(say.world, data.worlds.map((one, value) => ({ value, label: one.name })), draw);
  const span = { min: 0, max: 100, step: 1, value: data.worlds[0].usual, say: (n) => String(n) };
  const share = slider(say.share, span, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, world, share), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));
  const highest = Math.max(...data.worlds.flatMap((one) => one.oracle));

  function draw() {
    const one = data.worlds[world.get()];
    const new_ = share.get() / 100;
    const mixed = (warm, cold) => (1 - new_) * warm + new_ * cold;
    const rows = one.ways.map((way) => ({ label: way.name, value: mixed(way.warm, way.cold) }));
    const ceiling = mixed(...one.oracle);
    const best = rows.reduce((a, b) => (b.value > a.value ? b : a));
    const list = rows.map((row) => `${row.label} ${fixed(row.value, 3)}`).join(", ");
    const alt = plainSentence(say.alt, { share: share.get(), list });
    const lines = [{ label: say.oracle, value: ceiling }];
    fill(chart, barChart({ name: say.up, rows, lines, alt, domain: [0, highest], data: say.table }));
    status.say(sentence(say.told, {
      share: share.get(), way: best.label, value: fixed(best.value, 3), ceiling: fixed(ceiling, 3), usual: one.usual,
    }));
  }
  draw();
});
