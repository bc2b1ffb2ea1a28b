/**
 * The playground: a tiny attention model trains in the page.
 *
 * The reader chooses the rule of the world, the score function, mask, distance bias, learning rate and seed. Data:
 * `words`, `start` (the settings that are shown at first), `steps` of a run, `rates`, `seeds`, and `tries`
 * [{label, change}]: experiments that one press begins.
 */

import { button, choice, group, statusLine, tick } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence } from "../toolkit/sentence.js";
import { dataTable, fold } from "../toolkit/table.js";
import { view } from "../toolkit/view.js";
import { attentionStrip, letter, lossChart, measureChart, newest } from "./playground_charts.js";
import { startEngine } from "./playground_worker.js";

const CHUNK = 5; // steps between two drawings
const EVEN = Math.log(12); // the loss of who gives every item the same share
const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const named = (values, names = {}) => values.map((value) => ({ value, label: String(names[value] ?? value) }));

/** Which sentence a finished run deserves: the first that is true of its numbers. */
export function verdict({ train, loss, ndcg, cause, limits }, { bias }) {
  if (train < limits.loss - 0.2 && loss > limits.loss + 0.2) return "leak";
  if (loss > EVEN + 0.1) return "lost";
  if (ndcg > 0.97 * limits.ndcg) return "arrived";
  if (cause < 0.3) return bias ? "not_found" : "no_lag";
  return "below";
}

export default view(async (root, data) => {
  const say = data.words;
  const ask = startEngine();
  let points = [];
  let before = [];
  let running = 0; // the number of the loop that trains now; 0 while none does
  let loops = 0;
  let turn = 0; // a new beginning makes answers to the old one void

  const rule = choice(say.rule, named(Object.keys(say.rules), say.rules), () => anew());
  const k = choice(say.k, named([2, 3, 4, 5, 6]), () => anew());
  const score = choice(say.score, named(Object.keys(say.scores), say.scores), () => anew());
  const mask = tick(say.mask, true, () => anew());
  const bias = tick(say.bias, true, () => anew());
  const rate = choice(say.rate, named(data.rates), () => anew());
  const seed = choice(say.seed, named(data.seeds), () => anew());
  const go = button(say.train_button, () => (running ? halt() : train()));
  const one = button(say.step_button, async () => {
    if (running || !(await advance(1))) return;
    draw();
    tell();
  });
  const back = button(say.reset_button, () => anew());
  const tries = data.tries.map(({ label, change }) =>
    button(label, async () => {
      put({ ...data.start, ...change });
      if (await anew()) train();
    }),
  );
  const column = { flex: "1 1 17rem", "max-width": "25rem" };
  const charts = element("div", { style: { display: "flex", "flex-wrap": "wrap", gap: "0 1.25rem" } });
  const status = statusLine();
  const side = element("div", { style: column }, status.node);
  const numbers = element("div");

  function put(settings) {
    for (const [name, control] of Object.entries({ rule, k, score, rate, seed })) control.set(settings[name]);
    mask.node.querySelector("input").checked = settings.mask;
    bias.node.querySelector("input").checked = settings.bias;
  }
  const settings = () => {
    const controls = Object.entries({ rule, k, score, rate, seed, mask, bias });
    return Object.fromEntries(controls.map(([name, control]) => [name, control.get()]));
  };

  /** Go on by some steps; false where the reader began anew meanwhile. */
  async function advance(steps, begin = {}) {
    const mine = turn;
    const found = await ask({ steps, ...begin });
    if (mine !== turn) return false;
    points.push(found);
    return true;
  }
  const done = () => points.at(-1).step >= data.steps;

  /** Back to step 0 with the settings that are chosen now. */
  async function anew() {
    k.node.hidden = rule.get() !== "companion";
    if (points.length > 10) before = points;
    [points, running] = [[], 0];
    turn += 1;
    status.say("");
    const good = await advance(0, { settings: settings() });
    if (good) draw();
    return good;
  }
  function halt() {
    running = 0;
    nameButtons();
  }
  function nameButtons() {
    go.textContent = running ? say.stop_button : say.train_button;
    one.disabled = running > 0;
  }

  /** To the last step, from the first if the run is done; `quiet` draws the end alone. */
  async function train(quiet = still()) {
    if (!points.length || (done() && !(await anew()))) return;
    loops += 1;
    const [mine, begun] = [loops, turn];
    running = mine;
    draw();
    while (running === mine && !done()) {
      const pause = quiet ? null : frame();
      if (!(await advance(CHUNK))) return;
      if (!quiet) draw();
      await pause;
    }
    // the reader may have begun anew, or stopped and gone on, while this loop waited for the next frame
    if (turn !== begun || (running && running !== mine)) return;
    running = 0;
    draw();
    tell();
  }
  function tell() {
    const last = newest(points);
    const { train: own, loss, ndcg, cause, limits } = last;
    const found = Object.entries({ even: EVEN, train: own, loss, ndcg, cause, floor: limits.loss, ceiling: limits.ndcg });
    const words = Object.fromEntries(found.map(([name, value]) => [name, fixed(value, 2)]));
    const judged = done() ? [" ", plainSentence(say.verdicts[verdict(last, settings())], words)] : [];
    status.say(plainSentence(say.result, { step: last.step, ...words }), ...judged);
  }

  function draw() {
    nameButtons();
    const { limits, example, step } = points.at(-1);
    const reach = Math.max(data.steps, step);
    const above = element("p", { class: "sq-note" }, say.strip);
    const strip = element("div", { style: column }, above, attentionStrip(example, say));
    const drawn = [lossChart(points, reach, limits, say), measureChart(points, before, reach, limits, say)];
    // the status line stays where it is: put in anew it would be read out
    while (charts.firstChild && charts.firstChild !== side) charts.firstChild.remove();
    charts.prepend(...drawn, strip);
    if (!running) fill(numbers, table(), looked());
  }
  function table() {
    const shown = points.filter((p, i) => i === points.length - 1 || p.step % 50 === 0);
    const rows = shown.map((p) => [String(p.step), p.train, p.loss, p.ndcg, p.cause]);
    const limit = [say.limit, points.at(-1).limits.loss, points.at(-1).limits.loss, points.at(-1).limits.ndcg, ""];
    const names = [say.train, say.test, say.ndcg, say.cause];
    const columns = [{ label: say.step }, ...names.map((label) => ({ label, digits: 3 }))];
    return dataTable({ caption: say.table, columns, rows: [...rows, limit] });
  }
  function looked() {
    const { items, weights, causes } = points.at(-1).example;
    const rows = items.map((item, j) => [String(j + 1), letter(item), weights[j], causes.includes(j) ? "◆" : ""]);
    const columns = [say.event, say.item, say.weight, say.is_cause].map((label) => ({ label }));
    columns[2].digits = 3;
    return dataTable({ caption: say.strip, columns, rows });
  }

  put(data.start);
  const narrow = (root.clientWidth || innerWidth) < 600;
  const choices = group(say.choose, rule, k, score, rate, seed, mask, bias);
  charts.append(side);
  // on paper it goes with the buttons that it names
  const plain = { border: 0, background: "none", padding: 0, cursor: "default", "align-self": "center" };
  const tryThis = element("span", { class: "sq-button", style: { ...plain, "min-height": 0 } }, say.try_this);
  const told = [
    element("figcaption", { style: { "text-align": "start", "font-weight": "normal" } }, say.caption),
    fold(say.numbers, numbers),
  ];
  fill(
    root,
    element("p", { class: "sq-title" }, say.title),
    narrow ? fold(say.choose, choices) : choices,
    group(say.act, go, one, back, tryThis, tries),
    element("figure", { class: "sq-figure", style: { margin: 0, padding: 0 } }, charts, told),
  );
  if (await anew()) await train(true);
});
