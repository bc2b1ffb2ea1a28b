/**
 * Peeking at an A/B test: share of the tests that are called, by how often somebody looks and by which rule.
 *
 * Data: `words`, `users` (of an arm at each look), `counts` (how many looks can be chosen), `cases` [{name, rules}]; a rule
 * is a list of tests, and a test has one letter a look: "1" where that look alone would call it.
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { count, percent } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** How many of `tests` were called at one of `looks` up to each of them. */
function calledBy(tests, looks) {
  const first = tests.map((test) => looks.findIndex((look) => test[look] === "1"));
  return looks.map((_, k) => first.filter((at) => at >= 0 && at <= k).length);
}

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const kind = choice(say.case, data.cases.map((one, value) => ({ value, label: one.name })), draw);
  const middle = Math.floor(data.counts.length / 2);
  const span = { min: 0, max: data.counts.length - 1, step: 1, value: middle, say: (n) => count(data.counts[n]) };
  const often = slider(say.looks, span, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, kind, often), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function draw() {
    const rules = data.cases[kind.get()].rules;
    const number = data.counts[often.get()];
    const every = data.users.length / number;
    const looks = Array.from({ length: number }, (_, k) => (k + 1) * every - 1);
    const tests = rules[0].length;
    const called = rules.map((rule) => calledBy(rule, looks));
    const series = called.map((line, i) => ({ name: say.rules[i], values: [0, ...line.map((n) => n / tests)] }));
    const x = [0, ...looks.map((look) => data.users[look])];
    const [first, second] = called.map((line) => line.at(-1));
    const shares = { first: percent(first / tests, 1), second: percent(second / tests, 1) };
    const alt = plainSentence(say.alt, { users: count(x.at(-1)), ...shares });
    const axes = { xName: say.across, yName: say.up, yDomain: [0, 1] };
    fill(chart, lineChart({ ...axes, x, series, alt, data: say.table }));
    status.say(sentence(say.told, { looks: count(number), first: count(first), second: count(second), tests: count(tests) }));
  }
  draw();
});
