/**
 * The model in the page: the reader makes a history, and the trained model ranks what comes next, here.
 *
 * Data: `words`, `titles` (V+1), `notes` (V+1, for example categories), `starts` [{name, items}], `repeats`,
 * `settings` and `layout` of the model. Payload `weights`: base64 of 32-bit floats.
 */

import { button, choice, group, statusLine } from "../toolkit/controls.js";
import { element, fill, words } from "../toolkit/dom.js";
import { fixed, percent, signed, size } from "../toolkit/numbers.js";
import { searchBox } from "../toolkit/search.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { colour } from "../toolkit/theme.js";
import { view } from "../toolkit/view.js";
import { LstmAttention, unpack } from "./lstm_attention.js";
import { answer } from "./ranking.js";

const TOP = 10;
const header = (...names) => element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, name))));
/** A number, and a bar whose length is its part of `most`. */
function measured(text, value, most, series) {
  const style = { width: `${(100 * value / most).toFixed(1)}%`, background: colour(series) };
  const track = element("span", { class: "sq-track" }, element("span", { class: "sq-bar", style }));
  return element("td", {}, element("span", { class: "sq-weight" }, text, track));
}

export default view((root, data, tools) => {
  const say = data.words;
  const status = statusLine();
  const load = button(plainSentence(say.load, { size: size(data.bytes) }), async () => {
    load.disabled = true;
    status.say(say.loading);
    try {
      const weights = unpack(data.layout, await tools.payload("weights"));
      play(root, data, new LstmAttention(data.settings, weights));
    } catch (error) {
      load.disabled = false;
      status.say(sentence(say.failed, { reason: error.message }));
    }
  });
  fill(root, element("p", { class: "sq-title" }, say.title), element("p", { class: "sq-note" }, say.about), load, status.node);
});

function play(root, data, model) {
  const say = data.words;
  const title = (item) => data.titles[item];
  let now = answer(model, data.starts[0].items, data.repeats);
  let before = null;
  const past = [];
  const status = statusLine();
  const historyBox = element("div", { class: "sq-scroll", tabindex: 0, role: "group", "aria-label": say.history });
  const rankingBox = element("div", {});
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
  const most = button(say.removeMost, () => remove(now.weights.indexOf(Math.max(...now.weights)) + offset()));
  const swap = button(say.swapLast, () => move(now.history.length - 1, -1));
  const offset = () => now.history.length - now.weights.length;
  fill(
    root,
    element("p", { class: "sq-title" }, say.title),
    group(say.make, search, start), status.node,
    element("div", { class: "sq-pair" }, historyBox, rankingBox),
    group(say.actions, most, swap, undo),
    element("p", { class: "sq-note" }, say.caveat),
  );
  show(say.started);
  search.input.focus();

  function change(history, said, item = 0, keep = true) {
    if (history.length > model.max_len) return status.say(sentence(say.full, { n: model.max_len }));
    if (keep) past.push(now.history);
    before = now;
    const clock = performance.now();
    now = answer(model, history, data.repeats);
    root.dataset.milliseconds = (performance.now() - clock).toFixed(3);
    show(said, item);
  }
  function remove(at) {
    const item = now.history[at];
    change(now.history.filter((_, j) => j !== at), say.removed, item);
    focusRow(at, "remove");
  }
  function move(at, by) {
    const next = [...now.history];
    [next[at], next[at + by]] = [next[at + by], next[at]];
    change(next, say.moved, next[at + by]);
  }
  function focusRow(at, kind) {
    const buttons = [...historyBox.querySelectorAll(`[data-kind="${kind}"]:not(:disabled)`)];
    (buttons[Math.min(at, buttons.length - 1)] ?? search.input).focus();
  }
  function step(j, kind, text, name, onClick, disabled) {
    const made = button(text, onClick, { name: plainSentence(name, { item: title(now.history[j]) }), disabled });
    made.dataset.kind = kind;
    return made;
  }
  function historyTable() {
    const first = now.list[0];
    const last = now.history.length - 1;
    const strongest = Math.max(...now.weights);
    const rows = now.history.map((item, j) => {
      const weight = now.weights[j - offset()];
      const read = weight !== undefined;
      return element(
        "tr", { class: read ? null : "sq-off" },
        element("th", { scope: "row" }, words(title(item))),
        read ? measured(fixed(weight, 2), weight, strongest, 0) : element("td", {}, say.unread),
        element("td", { class: "sq-number" }, read ? signed(100 * now.removal[j - offset()], 1) : ""),
        element(
          "td", { class: "sq-buttons" },
          step(j, "up", "↑", say.earlier, () => { move(j, -1); focusRow(j - 1, "up"); }, j === 0),
          step(j, "down", "↓", say.later, () => { move(j, 1); focusRow(j + 1, "down"); }, j === last),
          step(j, "remove", "✕", say.remove, () => remove(j), false),
        ),
      );
    });
    const caption = element("caption", {}, say.history, ". ", sentence(say.effect, { item: title(first.item) }));
    const head = header(say.item, say.weight, say.goes, say.edit);
    return element("table", { class: "sq-table sq-history" }, caption, head, element("tbody", {}, rows));
  }
  function rankingTable() {
    const old = new Map(before?.list.map((row) => [row.item, row]));
    const rows = now.list.slice(0, TOP).map(({ item, score, share, place }) => {
      const was = old.get(item);
      const arrow = !was || was.place === place ? "=" : was.place > place ? "▲" : "▼";
      const values = { place: was?.place ?? 0, share: percent(was?.share, 1) };
      return element(
        "tr", { "data-item": item },
        element("th", { scope: "row" }, `${place}. `, words(title(item))),
        element("td", { class: "sq-number" }, fixed(score, 2)),
        measured(percent(share, 1), share, now.list[0].share, 2),
        element("td", { class: "sq-number" }, was ? [`${arrow} `, sentence(say.was, values)] : "–"),
      );
    });
    const head = header(say.next, say.score, say.share, say.before);
    return element("table", { class: "sq-table sq-ranking" }, element("caption", {}, say.ranking), head, element("tbody", {}, rows));
  }
  function show(said, item = 0) {
    fill(historyBox, now.history.length ? historyTable() : element("p", { class: "sq-note" }, say.empty));
    fill(rankingBox, now.list.length ? rankingTable() : []);
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
}
