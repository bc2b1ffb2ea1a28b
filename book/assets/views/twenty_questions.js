/**
 * Twenty questions: the reader answers, and the belief about a hidden type is updated exactly.
 *
 * Data: `words`, `names` (of the types), `prior`, `titles`, `yes` (p(click | type), a row an item), `popularity`,
 * `order` (a random one), `most` (questions at most).
 */

import { barChart } from "../toolkit/charts.js";
import { button, choice, group, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** Entropy in nats; 0 log 0 is 0. */
function entropy(p) {
  return -p.reduce((sum, x) => sum + (x > 0 ? x * Math.log(x) : 0), 0);
}

/** How likely a yes is, given the belief. */
function chance(belief, yes) {
  return belief.reduce((sum, p, z) => sum + p * yes[z], 0);
}

/** The belief after an answer. */
function after(belief, yes, said) {
  const joint = belief.map((p, z) => p * (said ? yes[z] : 1 - yes[z]));
  const total = joint.reduce((sum, p) => sum + p, 0);
  return total > 0 ? joint.map((p) => p / total) : belief;
}

/** By how much an answer is expected to lower the entropy of the belief. */
function gain(belief, yes) {
  const p = chance(belief, yes);
  return entropy([p, 1 - p]) - belief.reduce((sum, b, z) => sum + b * entropy([yes[z], 1 - yes[z]]), 0);
}

export default view((root, data) => {
  const say = data.words;
  let answers = [];
  const chart = element("div");
  const question = element("p");
  const status = statusLine();
  const rule = choice(say.rule, say.rules.map((label, value) => ({ value, label })), restart);
  const yes = button(say.yes, () => answer(true));
  const no = button(say.no, () => answer(false));
  const again = button(say.again, restart);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, rule),
    question, group(say.answers, yes, no, again), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function belief() {
    return answers.reduce((p, one) => after(p, data.yes[one.item], one.said), data.prior);
  }

  /** The item to ask next, or -1. */
  function next(now) {
    if (answers.length >= data.most) return -1;
    const asked = new Set(answers.map((one) => one.item));
    const worth = [
      (n) => gain(now, data.yes[n]),
      (n) => -Math.abs(chance(now, data.yes[n]) - 0.5),
      (n) => data.popularity[n],
      (n) => -data.order[n],
    ][rule.get()];
    const free = data.titles.map((_, n) => n).filter((n) => !asked.has(n));
    return free.reduce((best, n) => (best < 0 || worth(n) > worth(best) ? n : best), -1);
  }

  function answer(said) {
    const item = next(belief());
    if (item >= 0) answers = [...answers, { item, said }];
    draw();
  }

  function restart() {
    answers = [];
    draw();
  }

  function draw() {
    const now = belief();
    const item = next(now);
    const best = now.reduce((top, p, z) => (p > now[top] ? z : top), 0);
    const k = answers.length;
    const words = item < 0 ? say.over : sentence(say.question, { k: String(k + 1), title: data.titles[item] });
    fill(question, words);
    yes.disabled = no.disabled = item < 0;
    const rows = data.names.map((label, z) => ({ label, value: now[z] }));
    const alt = plainSentence(say.alt, { k: String(k), name: data.names[best], p: fixed(now[best], 2) });
    fill(chart, barChart({ name: say.belief, rows, alt, domain: [0, 1], data: say.table }));
    status.say(sentence(say.told, {
      k: String(k), name: data.names[best], p: fixed(now[best], 2), h: fixed(entropy(now), 2),
      first: fixed(entropy(data.prior), 2),
    }));
  }
  draw();
});
