/**
 * Attention explorer: what did a model look at, at any step of a history?
 *
 * Data: `words` (templates), `users` [{name, titles, next, causes}], `models` [{name, layers, heads, weights}].
 * `causes[t]` lists [j, share] of the item after step t; `weights[u]` packs, for each layer and each head, the
 * lower triangle of user u as 16-bit shares.
 */

import { button, choice, group, statusLine } from "../toolkit/controls.js";
import { shares, triangleRow } from "../toolkit/data.js";
import { element, fill, words } from "../toolkit/dom.js";
import { roving } from "../toolkit/keys.js";
import { fixed } from "../toolkit/numbers.js";
import { sentence } from "../toolkit/sentence.js";
import { colour } from "../toolkit/theme.js";
import { view } from "../toolkit/view.js";

const numbered = (n) => Array.from({ length: n }, (_, i) => i);

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

/** A weight as a number, and as a bar whose length is its part of the largest weight shown. */
function bar(value, most, series) {
  if (value === undefined) return element("td", { class: "sq-number" }, "–");
  const style = { width: `${(100 * value / most).toFixed(1)}%`, background: colour(series) };
  const track = element("span", { class: "sq-track" }, element("span", { class: "sq-bar", style }));
  return element("td", {}, element("span", { class: "sq-weight" }, fixed(value, 2), track));
}

export default view((root, data) => {
  const say = data.words;
  let pinned = 0;
  let shown = -1;
  const options = (list) => list.map((one, i) => ({ value: i, label: one.name }));
  const user = choice(say.user, options(data.users), () => restart());
  const model = choice(say.model, options(data.models), () => { limits(); draw(shown); });
  const other = choice(say.compare, [{ value: -1, label: say.nobody }, ...options(data.models)], () => { limits(); draw(shown); });
  const layer = choice(say.layer, [{ value: 0, label: "1" }], () => draw(shown));
  const head = choice(say.head, [{ value: 0, label: "1" }], () => draw(shown));
  const table = element("table", { class: "sq-table sq-attention" });
  const box = element("div", { class: "sq-scroll" }, table);
  const status = statusLine();
  // The focus stays on the button, so that the next press walks on.
  const step = (by) => {
    pinned = Math.max(0, Math.min(shown + by, data.users[user.get()].titles.length - 1));
    draw(pinned);
    keys.refresh(pinned);
    const [row, frame] = [table.tBodies[0].rows[pinned], box].map((one) => one.getBoundingClientRect());
    const above = row.top - frame.top - table.tHead.offsetHeight;
    box.scrollTop += Math.min(0, above) + Math.max(0, row.bottom - frame.bottom);
  };
  const buttons = group(say.walk, button(`◀ ${say.before}`, () => step(-1)), button(`${say.after} ▶`, () => step(1)));
  if (data.models.length > 1) other.set(1);
  fill(
    root,
    element("p", { class: "sq-title" }, say.title),
    group(say.choose, user, model, other, layer, head),
    element("p", { class: "sq-note" }, say.hint),
    status.node, box, buttons,
  );
  const keys = roving(table, ".sq-pick", (_, number) => { pinned = number; draw(number); });
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

  function limits() {
    const most = (what) => Math.max(...chosen().map((m) => m[what]));
    layer.options(numbered(most("layers")).map((i) => ({ value: i, label: String(i + 1) })));
    const mean = most("heads") > 1 ? [{ value: -1, label: say.mean }] : [];
    head.options([...numbered(most("heads")).map((i) => ({ value: i, label: String(i + 1) })), ...mean]);
  }
  function restart() {
    const { titles, next } = data.users[user.get()];
    const rows = titles.map((title, t) =>
      element("tr", { "data-step": t }, element("th", { scope: "row" }, element("button", { type: "button", class: "sq-pick" }, words(title)))),
    );
    const last = element("tr", { class: "sq-next" }, element("th", { scope: "row" }, sentence(say.last, { item: next })));
    fill(table, element("caption", {}, say.caption), element("thead"), element("tbody", {}, rows, last));
    pinned = titles.length - 1;
    draw(pinned);
    keys.refresh(pinned);
    requestAnimationFrame(() => { box.scrollTop = box.scrollHeight; });
  }
  function draw(t) {
    shown = t;
    const one = data.users[user.get()];
    const found = chosen().map((m) => weightsAt(m, user.get(), layer.get(), head.get(), one.titles.length, t));
    const causes = new Map(one.causes[t]);
    const most = Math.max(...found.flat());
    fill(
      table.tHead,
      element("tr", {}, element("th", { scope: "col" }, say.item), chosen().map((m) => element("th", { scope: "col" }, words(m.name))), element("th", { scope: "col" }, "◆ ", say.share)),
    );
    for (const [j, row] of [...table.tBodies[0].rows].entries()) {
      const cells = found.map((weights, i) => bar(weights[j], most, i));
      const share = causes.get(j);
      const cause = element("td", { class: "sq-number" }, share ? `◆ ${fixed(share, 2)}` : j <= t ? "" : "–");
      // the first cell stays where it is: it may hold the focus
      while (row.cells.length > 1) row.lastChild.remove();
      row.append(...cells, cause);
      row.classList.toggle("sq-off", j > t);
      row.classList.toggle("sq-on", j === t);
      row.classList.toggle("sq-cause", Boolean(share));
      row.querySelector(".sq-pick")?.setAttribute("aria-pressed", String(j === t));
    }
    status.say(summary(one, t, found, causes));
  }
  function summary(one, t, found, causes) {
    const parts = chosen().map((m, i) => {
      const most = found[i].indexOf(Math.max(...found[i]));
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
