/** A search box: the editable combobox with a list that the ARIA practices describe (version 1.2). */

import { element, fill, freshId, words } from "./dom.js";

/** Letters without accents and case, so that "café" is found by "Cafe". */
export function plain(text) {
  return String(text).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * The options that match `query`, best first: those that begin with it, those with a word that does, the rest.
 *
 * @param {{label: string}[]} options in their own order, which is kept inside each group.
 * @param {string} query any text; all of its words must be found. Empty finds everything.
 */
export function matches(options, query, limit = 12) {
  const asked = plain(query).trim();
  const parts = asked.split(/\s+/).filter(Boolean);
  const groups = [[], [], []];
  for (const option of options) {
    const label = plain(option.label);
    if (!parts.every((part) => label.includes(part))) continue;
    const begins = label.startsWith(asked);
    groups[begins ? 0 : label.split(/\W+/).some((word) => word.startsWith(parts[0])) ? 1 : 2].push(option);
  }
  return groups.flat().slice(0, limit);
}

/**
 * A labelled search box with a list of what it finds.
 *
 * Keys: letters filter; Down and Up walk; Enter takes; Escape closes, then empties. A pointer works too.
 *
 * @param {object} settings
 * @param {string} settings.label what the box is for; it is shown.
 * @param {function(): {label: string, value: *, note: ?string}[]} settings.options asked at each key.
 * @param {function(object)} settings.onPick called with the option that was taken.
 * @param {function(number): string} settings.say the sentence a screen reader hears: how many were found.
 * @returns {{node: Element, input: HTMLInputElement}}
 */
export function searchBox({ label, options, onPick, say = (n) => `${n} found`, limit = 12 }) {
  const id = freshId("sq-search");
  const input = element("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": `${id}-list`, class: "sq-input",
  });
  const list = element("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, class: "sq-options" });
  const heard = element("span", { role: "status", class: "sq-heard" });
  const node = element("div", { class: "sq-search" }, element("label", { for: id }, label), input, list, heard);
  list.hidden = true;
  let found = [];
  let at = -1;

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(to) {
    const rows = [...list.children];
    at = rows.length ? (to + rows.length) % rows.length : -1;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
    if (at < 0) return;
    input.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  }
  function open() {
    found = matches(options(), input.value, limit);
    const rows = found.map((option, i) =>
      element(
        "li",
        {
          id: `${id}-${i}`, role: "option", "aria-selected": "false",
          // The press keeps the focus where it is; the release picks. So a finger may scroll the list, or let go.
          on: { pointerdown: (event) => event.preventDefault(), click: () => take(i) },
        },
        words(option.label),
        option.note ? element("small", {}, " ", words(option.note)) : null,
      ),
    );
    fill(list, rows);
    list.hidden = rows.length === 0;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    input.removeAttribute("aria-activedescendant");
    at = -1;
    fill(heard, say(rows.length));
  }
  function take(i) {
    const option = found[i];
    input.value = "";
    close();
    onPick(option);
  }
  const keys = {
    ArrowDown: () => (list.hidden ? (open(), mark(0)) : mark(at + 1)),
    ArrowUp: () => (list.hidden ? (open(), mark(-1)) : mark(at < 0 ? -1 : at - 1)),
    Enter: () => { if (!list.hidden && found.length) take(Math.max(at, 0)); },
    Escape: () => { if (list.hidden) input.value = ""; else close(); },
  };
  input.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("input", open);
  input.addEventListener("click", open);
  input.addEventListener("blur", close);
  return { node, input };
}
