/** What the reader can set: choices, sliders, buttons; and one line that says what came of it. */

import { element, fill, freshId } from "./dom.js";

/**
 * A labelled list to choose from.
 *
 * @param {string} label shown beside it.
 * @param {{value: *, label: string}[]} options at least one.
 * @param {function(*)} onChange called with the value of the option that was chosen.
 * @returns {{node: Element, get: function(): *, set: function(*), options: function(Array)}} `options` puts
 *   others in and keeps the choice where it can.
 */
export function choice(label, options, onChange) {
  const id = freshId("sq-choice");
  const select = element("select", { id, class: "sq-input" });
  const node = element("div", { class: "sq-control" }, element("label", { for: id }, label), select);
  let held = [];
  const put = (others) => {
    const before = held[select.selectedIndex]?.value;
    held = others;
    // what is chosen must be readable: in a narrow place a list of long words takes a row of its own
    node.style.setProperty("--sq-letters", Math.min(30, Math.max(...held.map((option) => [...option.label].length))));
    fill(select, held.map((option) => element("option", {}, option.label)));
    select.selectedIndex = Math.max(0, held.findIndex((option) => option.value === before));
  };
  put(options);
  select.addEventListener("change", () => onChange(held[select.selectedIndex].value));
  return {
    node,
    get: () => held[select.selectedIndex].value,
    set: (value) => {
      select.selectedIndex = Math.max(0, held.findIndex((option) => option.value === value));
    },
    options: put,
  };
}

/**
 * A labelled slider that shows its value in words.
 *
 * @param {string} label shown above it.
 * @param {{min: number, max: number, step: number, value: number, say: ?function(number): string}} range
 * @param {function(number)} onChange called while the reader moves it.
 */
export function slider(label, { min, max, step, value, say = String }, onChange) {
  const id = freshId("sq-slider");
  const input = element("input", { id, type: "range", min, max, step, value, "aria-valuetext": say(value) });
  const shown = element("output", { for: id }, say(value));
  const show = () => {
    fill(shown, say(Number(input.value)));
    input.setAttribute("aria-valuetext", say(Number(input.value)));
  };
  input.addEventListener("input", () => {
    show();
    onChange(Number(input.value));
  });
  return {
    node: element("div", { class: "sq-control" }, element("label", { for: id }, label, " ", shown), input),
    get: () => Number(input.value),
    set: (to) => {
      input.value = String(to);
      show();
    },
  };
}

/** A box to tick. */
export function tick(label, checked, onChange) {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => onChange(input.checked));
  return { node: element("label", { class: "sq-control" }, input, " ", label), get: () => input.checked };
}

/** A button. `name` is what a screen reader says where the text alone says too little. */
export function button(text, onClick, { name = null, disabled = false } = {}) {
  return element("button", { type: "button", class: "sq-button", "aria-label": name, disabled, on: { click: onClick } }, text);
}

/** A group of controls with a name that screen readers say. */
export function group(name, ...controls) {
  const nodes = controls.map((control) => control.node ?? control);
  return element("div", { role: "group", "aria-label": name, class: "sq-group" }, nodes);
}

/** One experiment to begin with: `say.tryThis` is "Try this:", `say.experiment` the rest. */
export function tryThis(say) {
  return element("p", { class: "sq-note sq-try" }, element("strong", {}, say.tryThis), " ", say.experiment);
}

/** A line that is read out when it changes: `say("3 items")`. Nodes and strings are both taken. */
export function statusLine() {
  const node = element("p", { role: "status", class: "sq-status" });
  return { node, say: (...content) => fill(node, ...content) };
}
