/**
 * Latency against load: a queue of requests, simulated in the page.
 *
 * Data: `words`, `service` (milliseconds that a request takes alone), `spread` (a share of it), `loads` (shares of what one
 * worker can do), `load` (which of them is shown first), `requests` (how many are simulated at each).
 */

import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** Random numbers from 0 to 1 that are the same on every machine (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` service times with mean 1; `kind` 0: of the given spread, 1: all alike, 2: one in ten ten times as long. */
function services(kind, count, spread) {
  const random = numbers(7);
  // gamma-distributed with the shape 1 / spread^2, by the sum of an integer number of exponentials
  const parts = Math.max(1, Math.min(60, Math.round(1 / spread ** 2)));
  const measured = () => Array.from({ length: parts }, () => -Math.log(1 - random())).reduce((a, b) => a + b, 0) / parts;
  const long = () => (random() < 0.1 ? 10 : 1) / 1.9;
  return Array.from({ length: count }, kind === 0 ? measured : kind === 1 ? () => 1 : long);
}

/** Mean and variance of `values`. */
function moments(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

/** How long each request stays, in service times: whoever is first takes the worker that is free first. */
function stays(load, takes, workers) {
  const random = numbers(11);
  const free = new Array(workers).fill(0);
  let now = 0;
  return takes.map((each) => {
    now += -Math.log(1 - random()) / load;
    const next = free.indexOf(Math.min(...free));
    const begin = Math.max(now, free[next]);
    free[next] = begin + each;
    return free[next] - now;
  });
}

/** The smallest of the ordered values that a share of them does not exceed. */
const rank = (ordered, share) => ordered[Math.ceil(share * ordered.length - 1e-9) - 1];

export default view((root, data) => {
  const say = data.words;
  const chart = element("div");
  const status = statusLine();
  const kind = choice(say.kinds, say.kind.map((label, value) => ({ value, label })), () => simulate());
  const workers = choice(say.workers, [1, 2, 4].map((value) => ({ value, label: String(value) })), () => simulate());
  const rate = (n) => (1000 * data.loads[n]) / data.service;
  const told = (n) => plainSentence(say.loadSaid, { value: Math.round(100 * data.loads[n]), rate: Math.round(rate(n)) });
  const load = slider(say.load, { min: 0, max: data.loads.length - 1, step: 1, value: data.load, say: told }, () => draw());
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, load, kind, workers), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, chart));
  let found = [];

  function simulate() {
    const many = Number(workers.get());
    const takes = services(Number(kind.get()), data.requests, data.spread);
    const { mean, variance } = moments(takes);
    found = data.loads.map((each) => {
      const spent = stays(each / mean, takes, many);
      const ordered = spent.slice().sort((a, b) => a - b);
      const wait = ((each / mean) * (mean ** 2 + variance)) / (2 * (1 - each));
      return {
        half: data.service * rank(ordered, 0.5),
        most: data.service * rank(ordered, 0.95),
        mean: data.service * moments(spent).mean,
        law: data.service * (mean + wait),
      };
    });
    draw();
  }

  function draw() {
    const at = load.get();
    const one = found[at];
    const alone = Number(workers.get()) === 1;
    const x = data.loads.map((each) => Math.round(100 * each));
    const lines = [found.map((each) => each.half), found.map((each) => each.most)];
    if (alone) lines.push(found.map((each) => each.law));
    const series = lines.map((values, i) => ({ name: say.series[i], values }));
    const numbers = { load: x[at], half: fixed(one.half, 1), most: fixed(one.most, 1), service: fixed(data.service, 1) };
    const top = Math.max(...lines.flat());
    const alt = plainSentence(say.alt, numbers);
    fill(chart, lineChart({ xName: say.across, yName: say.up, yDomain: [0, top], x, series, alt, digits: 1, data: say.table }));
    const more = alone ? say.formula : say.noFormula;
    status.say(
      sentence(say.told, numbers), " ",
      sentence(more, { mean: fixed(one.law, 1), found: fixed(one.mean, 1), workers: workers.get() }),
    );
  }
  simulate();
});
