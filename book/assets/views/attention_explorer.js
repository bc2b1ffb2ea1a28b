/**
 * Attention explorer: what did a model look at, at any step of a history?
 *
 * Data: `words` (templates), `paper` (how many rows a printed page shows), `users` [{name, titles, next, causes}], `models` [{name, layers, heads, weights}].
 * `causes[t]` lists [j, share] of the item after step t; `weights[u]` packs, for each layer and each head, the
 * lower triangle of user u as 16-bit shares.
 */

import { button, choice, group, statusLine, tryThis } from "../toolkit/controls.js";
import { shares, triangleRow } from "../toolkit/data.js";
import { element, fill, words } from "../toolkit/dom.js";
import { roving } from "../toolkit/keys.js";
import { fixed } from "../toolkit/numbers.js";
import { sentence } from "../toolkit/sentence.js";
import { barCell, keepInView } from "../toolkit/table.js";
import { view } from "../toolkit/view.js";

const numbered = (n) => Array.from({ length: n }, (_, i) => i);
const largest = (list) => list.indexOf(Math.max(...list));
// Orange belongs to what is true, as in the figures; the second model is purple.
const [SHARE, MODELS] = [1, [0, 3]];

/** Row t of what `model` looked at: one weight a step; `head` -1 is the mean of the heads. */
function weightsAt(model, user, layer, head, steps, t) {
  model.cache ??= {};
  const all = (model.cache[user] ??= shares(model.weights[user]));
  const size = (steps * (steps + 1)) / 2;
  const at = Math.min(layer, model.layers - 1) * model.heads;
  const heads = head < 0 ? numbered(model.heads) : [Math.min(head, model.heads - 1)];
  const rows = heads.map((h) => triangleRow(all.subarray((at + h) * size, (at + h + 1) * size), t));
  return Array.from(rows[0], (_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
}

export default view((root, data) => {
  const say = data.words;
  let pinned = 0;
  let shown = -1;
  const options = (list) => list.map((one, i) => ({ value: i, label: one.name }));
  const anew = () => { limits(); draw(shown); };
  const user = choice(say.user, options(data.users), () => restart());
  const model = choice(say.model, options(data.models), anew);
  const other = choice(say.compare, [{ value: -1, label: say.nobody }, ...options(data.models)], anew);
  const layer = choice(say.layer, [{ value: 0, label: "1" }], () => draw(shown));
  const head = choice(say.head, [{ value: 0, label: "1" }], () => draw(shown));
  const table = element("table", { class: "sq-table sq-attention" });
  const box = element("div", { class: "sq-scroll" }, table);
  const status = statusLine();
  const stand = (t) => { pinned = t; draw(t); look(t); };
  // The focus stays on the button, so that the next press walks on.
  const step = (by) => {
    stand(Math.max(0, Math.min(shown + by, data.users[user.get()].titles.length - 1)));
    keys.refresh(pinned);
  };
  const buttons = group(say.walk, button(`◀ ${say.before}`, () => step(-1)), button(`${say.after} ▶`, () => step(1)));
  if (data.models.length > 1) other.set(1);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, user, model, other, layer, head), buttons, status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, box), element("p", { class: "sq-note sq-paper" }, say.paper));
  const keys = roving(table, ".sq-pick", (_, number) => stand(number));
  table.addEventListener("pointerover", (event) => {
    const row = event.target.closest("tr[data-step]");
    if (row && event.pointerType === "mouse") draw(Number(row.dataset.step));
  });
  table.addEventListener("pointerleave", () => draw(pinned));
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-step]");
    if (row) keys.focus(Number(row.dataset.step));
  });

  const chosen = () => [model.get(), other.get()].filter((m, i, all) => m >= 0 && all.indexOf(m) === i).map((m) => data.models[m]);

  /** Only what can be chosen is shown: a model of one layer and one head has neither list. */
  function limits() {
    const most = (what) => Math.max(...chosen().map((m) => m[what]));
    layer.options(numbered(most("layers")).map((i) => ({ value: i, label: String(i + 1) })));
    const mean = most("heads") > 1 ? [{ value: -1, label: say.mean }] : [];
    head.options([...numbered(most("heads")).map((i) => ({ value: i, label: String(i + 1) })), ...mean]);
    layer.node.hidden = most("layers") === 1;
    head.node.hidden = most("heads") === 1;
    other.node.hidden = data.models.length === 1;
  }
  function restart() {
    const { titles, next } = data.users[user.get()];
    const rows = titles.map((title, t) =>
      element("tr", { "data-step": t }, element("th", { scope: "row" }, element("button", { type: "button", class: "sq-pick" }, words(title)))),
    );
    const last = element("tr", { class: "sq-next" }, element("th", { scope: "row" }, sentence(say.last, { item: next })));
    fill(table, element("caption", { class: "sq-heard" }, say.caption), element("thead"), element("tbody", {}, rows, last));
    stand(titles.length - 1);
    keys.refresh(pinned);
    requestAnimationFrame(() => look(pinned));
  }
  /** Bring the cause into view, and then the step itself. */
  function look(t) {
    const rows = table.tBodies[0].rows;
    const [cause] = [...data.users[user.get()].causes[t]].sort((a, b) => b[1] - a[1]);
    keepInView(box, cause && rows[cause[0]], t === rows.length - 2 ? rows[t + 1] : null, rows[t]);
  }
  function draw(t) {
    shown = t;
    const one = data.users[user.get()];
    const titles = one.titles.length;
    const found = chosen().map((m) => weightsAt(m, user.get(), layer.get(), head.get(), one.titles.length, t));
    const causes = new Map(one.causes[t]);
    const most = Math.max(...found.flat(), ...causes.values());
    const least = [...found[0]].sort((a, b) => b - a)[data.paper - 1] ?? 0;
    fill(
      table.tHead,
      element("tr", {}, element("th", { scope: "col" }, say.item), chosen().map((m) => element("th", { scope: "col" }, words(m.name))), element("th", { scope: "col" }, "◆ ", say.share)),
    );
    for (const [j, row] of [...table.tBodies[0].rows].entries()) {
      const later = () => element("td", { class: "sq-number" }, "–");
      const cells = found.map((weights, i) => (j > t ? later() : barCell(fixed(weights[j], 2), weights[j] / most, MODELS[i])));
      const share = causes.get(j);
      const cause = share ? barCell(`◆ ${fixed(share, 2)}`, share / most, SHARE) : j <= t ? element("td") : later();
      // the first cell stays where it is: it may hold the focus
      while (row.cells.length > 1) row.lastChild.remove();
      row.append(...cells, cause);
      row.classList.toggle("sq-off", j > t);
      row.classList.toggle("sq-on", j === t);
      row.classList.toggle("sq-cause", Boolean(share));
      // on paper nothing scrolls, so the rows that matter stand there alone
      row.classList.toggle("sq-small", j < titles && j !== t && !share && !(found[0][j] >= least));
      row.querySelector(".sq-pick")?.setAttribute("aria-pressed", String(j === t));
    }
    status.say(summary(one, t, found, causes));
  }
  function summary(one, t, found, causes) {
    const parts = chosen().map((m, i) => {
      const most = largest(found[i]);
      return sentence(say.looked, { model: m.name, item: one.titles[most], weight: fixed(found[i][most], 2) });
    });
    const after = one.titles[t + 1] ?? one.next;
    const [j, share] = [...causes].sort((a, b) => b[1] - a[1])[0] ?? [-1, 0];
    const why = j < 0 ? sentence(say.uncalled, {}) : sentence(say.called, { item: one.titles[j], share: fixed(share, 2) });
    return [sentence(say.from, { step: t + 1, item: one.titles[t] }), " ", parts.flatMap((p) => [p, " "]), sentence(say.came, { item: after }), " ", why];
  }
  limits();
  restart();
});
