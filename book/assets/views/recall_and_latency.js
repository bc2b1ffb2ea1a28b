/**
 * Recall against latency: the reader says how long a search may take, and sees what each index finds in that time.
 *
 * Data: `words`, `sets` [{items, exact (microseconds), kinds [{name, points [{effort, recall, microseconds}]}]}].
 * Points of a kind are in order of their effort; `effort` is 0 where there is nothing to set.
 */

import { barChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { count, fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

const LEAST = 1; // per cent of the exact search's time
const MOST = 100;

/** The point of a kind with the highest recall among those that are fast enough, or null. */
function bestWithin(kind, limit) {
  const good = kind.points.filter((point) => point.microseconds <= limit);
  return good.reduce((best, point) => (best && best.recall >= point.recall ? best : point), null);
}

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const size = choice(say.items, data.sets.map((set, value) => ({ value, label: count(set.items) })), () => draw());
  const share = slider(
    say.budget,
    { min: LEAST, max: MOST, step: 1, value: 20, say: (value) => plainSentence(say.share, { value }) },
    () => draw(),
  );
  fill(
    root,
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, size, share), status.node, chart, element("p", { class: "sq-note" }, say.note),
  );

  function draw() {
    const set = data.sets[size.get()];
    const limit = (set.exact * share.get()) / 100;
    const found = set.kinds.map((kind) => ({ name: kind.name, point: bestWithin(kind, limit) }));
    const rows = found.map(({ name, point }) => {
      const words = point === null ? say.tooSlow : point.effort ? say.row : say.rowWhole;
      const numbers = point === null ? {} : { effort: point.effort, time: Math.round(point.microseconds) };
      return { label: plainSentence(words, { name, ...numbers }), name, value: point === null ? null : point.recall };
    });
    const told = rows
      .map((row) => (row.value === null ? row.label : plainSentence(say.bar, { name: row.name, value: fixed(row.value, 3) })))
      .join("; ");
    const alt = plainSentence(say.alt, { rows: told });
    fill(chart, barChart({ name: say.recall, rows, alt, domain: [0, 1], digits: 3, data: say.table }));
    const best = rows.reduce((one, row) => ((row.value ?? 0) > (one.value ?? 0) ? row : one));
    const numbers = { time: Math.round(limit), exact: Math.round(set.exact) };
    status.say(
      best.value
        ? sentence(say.best, { ...numbers, name: best.name, value: fixed(best.value, 3) })
        : sentence(say.none, numbers),
    );
  }

  draw();
});
