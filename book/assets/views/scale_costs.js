/**
 * Cost by scale: money for one training, and what decides it, by the number of users. The reader sets the prices.
 *
 * Data: `words`, `users` (the sizes shown), `dim`, `length`, `layers`, `epochs`, `batch`, `drawn`, `items` (choices),
 * `machines` [{name, memory, speed, price}]. The formulas are those of `seqrec_lib.scale`; a test compares the two.
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { count, fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** {machines, hours, money, by} of a training, or null where the network alone takes too long. */
function plan(given, users, items, sampled, machine, price, hours) {
  const targets = users * given.length * given.epochs;
  const scores = sampled ? given.drawn + 1 : items;
  const block = 6 * given.dim * given.dim + 2 * given.length * given.dim;
  const flops = 6 * targets * scores * given.dim + 6 * targets * given.layers * block;
  const state = 16 * (items + 1) * given.dim;
  const dense = 4 * given.layers * 6 * given.dim * given.dim;
  const steps = (users * given.epochs) / given.batch;
  const work = flops / machine.speed / 3600;
  const ring = ((2 * dense) / machine.network) * steps / 3600;
  const forMemory = Math.max(1, Math.ceil(state / machine.memory));
  const taken = (n) => work / n + ((n - 1) / n) * ring;
  let n = forMemory;
  if (taken(n) > hours) {
    if (ring >= hours) return null;
    n = Math.max(forMemory, Math.ceil((work - ring) / (hours - ring) - 1e-9));
  }
  const by = n === 1 ? "one" : n === forMemory ? "memory" : "time";
  return { machines: n, hours: taken(n), money: n * taken(n) * price, by };
}

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const kind = choice(say.machine, data.machines.map((one, value) => ({ value, label: one.name })), draw);
  const size = choice(say.items, data.items.map((n) => ({ value: n, label: count(n) })), draw);
  const last = data.users.length - 1;
  const who = slider(say.users, { min: 0, max: last, step: 1, value: last, say: (n) => count(data.users[n]) }, draw);
  const price = slider(say.price, { min: 1, max: 20, step: 1, value: 4, say: (n) => fixed(n / 2, 2) }, draw);
  const hours = slider(say.hours, { min: 1, max: 14, step: 1, value: 2, say: (n) => count(n * 12) }, draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, kind, size), who.node, price.node, hours.node, status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));

  function draw() {
    const machine = data.machines[kind.get()];
    const items = Number(size.get());
    const told = (users, sampled) => plan(data, users, items, sampled, machine, price.get() / 2, hours.get() * 12);
    const logs = (sampled) => data.users.map((users) => {
      const found = told(users, sampled);
      return found === null ? null : Math.log10(Math.max(found.money, 0.01));
    });
    const upTo = data.users.findIndex((users) => told(users, true) === null || told(users, false) === null);
    const shown = upTo < 0 ? data.users.length : Math.max(1, upTo);
    const series = [false, true].map((sampled, i) => ({ name: say.losses[i], values: logs(sampled).slice(0, shown) }));
    const users = data.users[who.get()];
    const one = told(users, true);
    const whole = told(users, false);
    const x = data.users.slice(0, shown).map((n) => Math.log10(n));
    const alt = plainSentence(say.alt, { users: count(data.users[shown - 1]), items: count(items) });
    const up = series.flatMap((line) => line.values);
    const yDomain = [Math.floor(Math.min(...up)), Math.max(Math.ceil(Math.max(...up)), Math.floor(Math.min(...up)) + 1)];
    fill(chart, lineChart({ xName: say.across, yName: say.up, yDomain, x, series, alt, data: say.table }));
    if (one === null || whole === null) {
      status.say(sentence(say.never, { users: count(users) }));
      return;
    }
    status.say(sentence(say.told, {
      users: count(users), machines: count(one.machines), hours: fixed(one.hours, 1), money: count(Math.ceil(one.money)),
      by: say.by[one.by], whole: count(Math.ceil(whole.money)), others: count(whole.machines),
    }));
  }
  draw();
});
