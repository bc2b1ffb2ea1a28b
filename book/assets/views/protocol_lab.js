/**
 * Protocol lab: the reader changes the rules of an evaluation; figures and the order of models follow.
 *
 * Data: `words`, `sets` [{data, split, cases, items, axes {rivals, seen, ties, metric}, models [{name, kind, grid,
 * above}]}]. A cell of `grid` is [mean, low, high] in ten thousandths; `above` has, for each cell, one letter a model.
 * With `live` and a kernel, models of the notebook are asked under any n and k.
 */

import { barChart } from "../toolkit/charts.js";
import { button, choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { whenIdle } from "../toolkit/keys.js";
import { count, fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

const SERIES_OF = { model: 0, floor: 1, oracle: 2 };
const unique = (list) => [...new Set(list)];
const named = (values, names = {}) => values.map((value) => ({ value, label: String(names[value] ?? value) }));

/** What one set holds under one protocol: figures in order of the rows, and who is clearly above whom. */
function fromGrid(set, { rivals, seen, ties, metric }) {
  const { axes } = set;
  const at = ["rivals", "seen", "ties", "metric"].reduce(
    (place, axis) => place * axes[axis].length + axes[axis].indexOf({ rivals, seen, ties, metric }[axis]),
    0,
  );
  const wide = set.models.length;
  return {
    models: set.models.map((m) => ({ name: m.name, kind: m.kind, figures: m.grid[at].map((v) => v / 1e4) })),
    above: set.models.map((m) => m.above.slice(at * wide, (at + 1) * wide)),
  };
}

/** The numbers of the models, best first. */
const orderOf = ({ models }) =>
  models.map((_, i) => i).sort((a, b) => models[b].figures[0] - models[a].figures[0] || a - b);

/** Pairs that stand the other way round: [a, b, clear], where a is above b in full and below it here. */
function turned(here, full) {
  const found = [];
  const value = ({ models }, i) => models[i].figures[0];
  here.models.forEach((_, a) =>
    here.models.forEach((__, b) => {
      if (!(value(full, a) > value(full, b) && value(here, a) < value(here, b))) return;
      found.push([a, b, full.above[a][b] === "+" && here.above[a][b] === "-"]);
    }),
  );
  return found;
}

export default view((root, data, tools) => {
  const say = data.words;
  const { axes } = data.sets[0];
  const live = tools.ask && data.live ? data.live.name : null;
  const counts = unique(axes.rivals.map((r) => Number(r.split("-")[1])).filter((n) => n > 0));
  const kinds = unique(axes.rivals.map((r) => r.split("-")[0]));
  const chart = element("div");
  const status = statusLine();
  const note = element("p", { class: "sq-note" });
  let asked = 0;

  const names = unique(data.sets.map((set) => set.data));
  const source = choice(say.data, named(live ? [...names, live] : names), () => limits());
  const split = choice(say.split, named(splitsOf(names[0]), say.split_names), () => limits());
  const rivals = choice(say.rivals, named(kinds, say.kind_names), () => limits());
  const n = choice(say.n, named(counts), () => draw());
  const seen = choice(say.seen, named(axes.seen, say.seen_names), () => draw());
  const ties = choice(say.ties, named(axes.ties, say.tie_names), () => draw());
  const metric = choice(say.metric, named(axes.metric), () => draw());
  const soon = whenIdle(() => draw(), 150);
  const anyN = slider(say.n, { min: 1, max: 500, step: 1, value: 100 }, soon);
  const anyK = slider(say.k, { min: 1, max: 50, step: 1, value: 10 }, soon);
  const back = button(say.reset, () => {
    for (const [one, value] of [[rivals, "all"], [seen, "out"], [ties, "expectation"]]) one.set(value);
    limits();
  });
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, source, split, rivals, n, anyN, anyK, seen, ties, metric), back,
  );
  fill(root, element("div", { class: "sq-sides" }, left, element("div", {}, status.node, chart, note)));

  function splitsOf(name) {
    return data.sets.filter((set) => set.data === name).map((set) => set.split);
  }
  const chosen = () => data.sets.find((one) => one.data === source.get() && one.split === split.get());
  const isLive = () => live !== null && source.get() === live;

  /** Show only the controls that matter now; then draw. */
  function limits() {
    split.node.hidden = isLive();
    n.node.hidden = isLive() || rivals.get() === "all";
    anyN.node.hidden = !isLive() || rivals.get() === "all";
    anyK.node.hidden = !isLive();
    if (!isLive()) split.options(named(splitsOf(source.get()), say.split_names));
    metric.options(named(isLive() ? axes.metric.map((m) => m.split("@")[0]) : chosen().axes.metric));
    draw();
  }

  async function look() {
    const rules = { seen: seen.get(), ties: ties.get(), metric: metric.get() };
    if (isLive()) {
      const question = { ...rules, rivals: rivals.get(), n: anyN.get(), k: anyK.get() };
      return tools.ask(question);
    }
    const set = chosen();
    const against = rivals.get() === "all" ? "all" : `${rivals.get()}-${n.get()}`;
    const full = { rivals: "all", seen: "out", ties: "expectation", metric: rules.metric };
    return { here: fromGrid(set, { ...rules, rivals: against }), full: fromGrid(set, full), set };
  }

  async function draw() {
    const mine = (asked += 1);
    if (isLive()) status.say(say.waiting);
    try {
      const found = await look();
      if (mine === asked) show(found);
    } catch (error) {
      if (mine === asked) status.say(sentence(say.failed, { error: error.message }));
    }
  }

  function show({ here, full, set = null }) {
    const order = orderOf(here);
    const before = orderOf(full);
    const rows = order.map((m, i) => {
      const { name, kind, figures } = here.models[m];
      const was = before.indexOf(m);
      const next = order[i + 1];
      const parts = [
        plainSentence(say.row, { place: i + 1, model: name }),
        was === i ? null : plainSentence(say.was, { place: was + 1 }),
        next !== undefined && here.above[m][next] !== "+" ? plainSentence(say.level, { place: i + 2 }) : null,
      ];
      const [value, low, high] = figures;
      return { label: parts.filter(Boolean).join(" · "), name, value, low, high, series: SERIES_OF[kind] };
    });
    const name = isLive() && metric.get() !== "MRR" ? `${metric.get()}@${anyK.get()}` : metric.get();
    const said = rows.map((row) => plainSentence(say.bar, { model: row.name, value: fixed(row.value, 3) })).join("; ");
    const alt = plainSentence(say.alt, { rows: said });
    fill(chart, barChart({ name, rows, alt, domain: [0, 1], digits: 3, data: say.table }));
    const pairs = turned(here, full);
    // Two trained models make a better example than a floor and what knows nothing.
    const trained = ([a, b]) => [a, b].filter((m) => here.models[m].kind === "model").length;
    const clear = pairs.filter(([, , sure]) => sure).sort((p, q) => trained(q) - trained(p));
    const all = (rows.length * (rows.length - 1)) / 2;
    const told = pairs.length ? sentence(say.changed, { pairs: pairs.length, all, clear: clear.length }) : [say.same];
    const [a, b] = clear[0] ?? [];
    const example = clear.length
      ? [" ", sentence(say.example, { a: here.models[a].name, b: here.models[b].name })]
      : [];
    const top = rows[0];
    const whole = full.models[order[0]].figures[0];
    const numbers = { value: fixed(top.value, 3), low: fixed(top.low, 3), high: fixed(top.high, 3), full: fixed(whole, 3) };
    status.say(sentence(say.best, { model: top.name, metric: name, ...numbers }), " ", told, example);
    fill(note, set ? sentence(say.note, { cases: count(set.cases), items: count(set.items) }) : "");
  }

  limits();
});
