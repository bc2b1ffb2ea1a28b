/**
 * The model in the page: the reader makes a history, and the trained model ranks what comes next, here.
 *
 * Data: `words`, `titles` (V+1), `notes` (V+1, for example categories), `starts` [{name, items}], `first` (what the
 * model answers to the first start, see ranking.js; shown until the model is loaded, and on paper), `repeats`,
 * `settings` and `layout` of the model. Payload `weights`: base64 of 32-bit floats.
 */

import { button, choice, group, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill, words } from "../toolkit/dom.js";
import { fixed, percent, signed, size } from "../toolkit/numbers.js";
import { searchBox } from "../toolkit/search.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { barCell, keepInView } from "../toolkit/table.js";
import { view } from "../toolkit/view.js";
import { LstmAttention, unpack } from "./lstm_attention.js";
import { answer } from "./ranking.js";

const TOP = 10;
const header = (...names) => element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, name))));
const body = (rows) => element("tbody", {}, rows);
const largest = (list) => list.indexOf(Math.max(...list));

export default view((root, data, tools) => {
  const say = data.words;
  const title = (item) => data.titles[item];
  let model = null; // until the reader asks for it
  let now = data.first;
  let before = null;
  const past = [];
  const status = statusLine();
  const effect = element("p", { class: "sq-note" });
  const historyBox = element("div", { class: "sq-scroll", tabindex: 0, role: "group", "aria-label": say.history });
  const rankingBox = element("div", {});
  const offset = () => now.history.length - now.weights.length;
  const options = () => {
    const held = new Set(data.repeats ? [] : now.history);
    return data.titles.map((label, value) => ({ label, value, note: data.notes[value] })).filter((o) => o.value > 0 && !held.has(o.value));
  };
  const search = searchBox({
    label: say.search, options, say: (n) => plainSentence(say.found, { n }),
    onPick: (option) => change([...now.history, option.value], say.added, option.value),
  });
  const start = choice(say.start, data.starts.map((s, value) => ({ label: s.name, value })), (i) => change(data.starts[i].items, say.started));
  const undo = button(say.undo, () => { if (past.length) change(past.pop(), say.undone, 0, false); });
  const most = button(say.removeMost, () => remove(largest(now.weights) + offset(), most));
  const swap = button(say.swapLast, () => move(now.history.length - 1, -1));
  const load = button(plainSentence(say.load, { size: size(data.bytes) }), fetchModel);
  const make = group(say.make, search, start);
  const actions = group(say.actions, most, swap, undo);
  fill(
    root,
    element("p", { class: "sq-title" }, say.title),
    tryThis(say), load, actions, make, status.node,
    element("div", { class: "sq-pair" }, element("div", {}, effect, historyBox), rankingBox),
  );
  make.hidden = actions.hidden = true;
  show(say.about);

  async function fetchModel() {
    load.disabled = true;
    status.say(say.loading);
    try {
      model = new LstmAttention(data.settings, unpack(data.layout, await tools.payload("weights")));
    } catch (error) {
      load.disabled = false;
      return status.say(sentence(say.failed, { reason: error.message }));
    }
    now = answer(model, data.starts[0].items, data.repeats);
    load.hidden = true;
    make.hidden = actions.hidden = false;
    show(say.started);
    most.focus({ preventScroll: true }); // a button: a text box would open the keyboard of a phone
  }
  function change(history, said, item = 0, keep = true) {
    if (history.length > model.max_len) return status.say(sentence(say.full, { n: model.max_len }));
    if (keep) past.push(now.history);
    before = now;
    const clock = performance.now();
    now = answer(model, history, data.repeats);
    root.dataset.milliseconds = (performance.now() - clock).toFixed(3);
    show(said, item);
  }
  /** Take out the item at `at`; the focus goes to `next`, or to the button beside the item that moved up. */
  function remove(at, next = null) {
    change(now.history.filter((_, j) => j !== at), say.removed, now.history[at]);
    if (next && !next.disabled) next.focus();
    else focusRow(at, "remove");
  }
  function move(at, by) {
    const next = [...now.history];
    [next[at], next[at + by]] = [next[at + by], next[at]];
    change(next, say.moved, next[at + by]);
  }
  function focusRow(at, kind) {
    const buttons = [...historyBox.querySelectorAll(`[data-kind="${kind}"]:not(:disabled)`)];
    const found = buttons[Math.min(at, buttons.length - 1)];
    (found ?? undo).focus({ preventScroll: true });
    if (found) keepInView(historyBox, found.closest("tr"));
  }
  function step(j, kind, text, name, onClick, disabled) {
    const made = button(text, onClick, { name: plainSentence(name, { item: title(now.history[j]) }), disabled });
    made.dataset.kind = kind;
    return made;
  }
  function edits(j) {
    const last = now.history.length - 1;
    return element(
      "td", { class: "sq-buttons" },
      step(j, "up", "↑", say.earlier, () => { move(j, -1); focusRow(j - 1, "up"); }, j === 0),
      step(j, "down", "↓", say.later, () => { move(j, 1); focusRow(j + 1, "down"); }, j === last),
      step(j, "remove", "✕", say.remove, () => remove(j), false),
    );
  }
  function historyTable(item) {
    const strongest = Math.max(...now.weights);
    const rows = now.history.map((held, j) => {
      const weight = now.weights[j - offset()];
      const read = weight !== undefined;
      const goes = now.removal[j - offset()] ?? NaN; // nothing would be left to read
      const marks = [read ? "" : "sq-off", held === item ? "sq-on" : "", weight === strongest ? "sq-most" : ""];
      return element(
        "tr", { class: marks.join(" ").trim() || null },
        element("th", { scope: "row" }, words(title(held))),
        read ? barCell(fixed(weight, 2), weight / strongest, 0) : element("td", {}, say.unread),
        element("td", { class: "sq-number" }, read ? signed(100 * goes, 1) : ""),
        model ? edits(j) : null,
      );
    });
    const head = header(say.item, say.weight, say.goes, ...(model ? [say.edit] : []));
    return element("table", { class: `sq-table sq-history${model ? " sq-editable" : ""}` }, head, body(rows));
  }
  function rankingTable() {
    const old = new Map(before?.list.map((row) => [row.item, row]));
    const rows = now.list.slice(0, TOP).map(({ item, share, place }) => {
      const was = old.get(item);
      const arrow = !was || was.place === place ? "=" : was.place > place ? "▲" : "▼";
      return element(
        "tr", { "data-item": item },
        element("th", { scope: "row" }, `${place}. `, words(title(item))),
        barCell(percent(share, 1), share / now.list[0].share, 2),
        before ? element("td", { class: "sq-number" }, was ? `${arrow} ${was.place}` : "–") : null,
      );
    });
    const head = header(say.next, say.share, ...(before ? [say.before] : []));
    return element("table", { class: "sq-table sq-ranking" }, element("caption", {}, say.ranking), head, body(rows));
  }
  function show(said, item = 0) {
    fill(effect, say.history, ". ", now.list.length ? sentence(say.effect, { item: title(now.list[0].item) }) : "");
    fill(historyBox, now.history.length ? historyTable(item) : element("p", { class: "sq-note" }, say.empty));
    fill(rankingBox, now.list.length ? rankingTable() : []);
    keepInView(historyBox, historyBox.querySelector(".sq-most"), historyBox.querySelector(".sq-on"));
    most.disabled = swap.disabled = now.history.length < 2;
    undo.disabled = past.length === 0;
    const weight = before?.weights[before.history.indexOf(item) - (before.history.length - before.weights.length)];
    const parts = [sentence(said, { item: item ? title(item) : "", weight: fixed(weight, 2) })];
    if (before?.list.length && now.list.length) {
      const kept = now.list.slice(0, TOP).filter((row) => before.list.findIndex((r) => r.item === row.item) < TOP && before.list.some((r) => r.item === row.item)).length;
      const [a, b] = [before.list[0], now.list[0]];
      const values = { old: title(a.item), oldShare: percent(a.share, 1), item: title(b.item), share: percent(b.share, 1), kept };
      parts.push(" ", sentence(a.item === b.item ? say.same : say.other, values));
    }
    status.say(parts);
  }
});
