/**
 * The luck of the best of n trials: what it seems to be worth to those who chose it, and what it is worth to others.
 *
 * Data: `words`, `users` (how many choose, ascending), `searches` [{name, by}]; `by` has one object for each of
 * `users`: `chosen` and `worth`, a number for the best of 1, 2, ... trials.
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { count, fixed, signed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** `low` and `high` of all numbers of a search, with some room: an axis that stays while the sliders move. */
function reach(search) {
  const all = search.by.flatMap((each) => [...each.chosen, ...each.worth]);
  return [Math.floor(200 * Math.min(...all)) / 200, Math.ceil(200 * Math.max(...all)) / 200];
}

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const most = data.searches[0].by[0].chosen.length;
  const search = choice(say.search, data.searches.map((one, value) => ({ value, label: one.name })), draw);
  const trials = slider(say.trials, { min: 1, max: most, step: 1, value: most, say: count }, draw);
  const span = { min: 0, max: data.users.length - 1, step: 1, value: data.start, say: (n) => count(data.users[n]) };
  const users = slider(say.users, span, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, search, trials, users), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function draw() {
    const one = data.searches[search.get()];
    const { chosen, worth } = one.by[users.get()];
    const n = trials.get();
    const until = (values) => values.map((value, k) => (k < n ? value : NaN));
    const series = [{ name: say.lines[0], values: until(chosen) }, { name: say.lines[1], values: until(worth) }];
    const x = chosen.map((_, k) => k + 1);
    const figures = {
      n: count(n), users: count(data.users[users.get()]),
      chosen: fixed(chosen[n - 1], 3), worth: fixed(worth[n - 1], 3),
      gap: signed(chosen[n - 1] - worth[n - 1], 3), luck: signed(chosen[n - 1] - worth[n - 1] - chosen[0] + worth[0], 3),
      brought: signed(worth[n - 1] - worth[0], 3),
    };
    const alt = plainSentence(say.alt, figures);
    const axes = { xName: say.across, yName: say.up, yDomain: reach(one), digits: 4 };
    fill(chart, lineChart({ ...axes, x, series, alt, data: say.table }));
    status.say(sentence(say.told, figures));
  }
  draw();
});
