/** Tables of data, and folds: what stands behind a chart, and what is too long to show at once. */

import { element, words } from "./dom.js";
import { fixed } from "./numbers.js";
import { colour } from "./theme.js";

/** One cell: numbers are formatted, text keeps to its own direction, nodes are taken as they are. */
function cell(value, column) {
  const numeric = typeof value === "number";
  const content = numeric ? fixed(value, column.digits ?? 3) : value instanceof Node ? value : words(value ?? "");
  return element("td", { class: numeric || column.numeric ? "sq-number" : null }, content);
}

/**
 * A table with a caption, a header row, and headers for its rows in the first column.
 *
 * @param {object} settings
 * @param {string} settings.caption what the table shows.
 * @param {{label: string, digits: ?number, numeric: ?boolean}[]} settings.columns
 * @param {Array<Array<string|number|Node>>} settings.rows
 */
export function dataTable({ caption, columns, rows }) {
  const head = columns.map((c) =>
    element("th", { scope: "col", class: c.numeric || c.digits !== undefined ? "sq-number" : null }, c.label),
  );
  const body = rows.map(([first, ...rest]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first instanceof Node ? first : words(first)),
      rest.map((value, i) => cell(value, columns[i + 1] ?? {})),
    ),
  );
  return element(
    "table",
    { class: "sq-table" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, body),
  );
}

/** A number as text, and below or beside it a bar that is `part` of the room for it, from 0 to 1. */
export function barCell(text, part, series) {
  const style = { width: `${(100 * part).toFixed(1)}%`, background: colour(series) };
  const track = element("span", { class: "sq-track" }, element("span", { class: "sq-bar", style }));
  return element("td", {}, element("span", { class: "sq-weight" }, element("span", {}, text), track));
}

/** Scroll `box`, and never the page, until each of `rows` in turn is seen below the header: the last one wins. */
export function keepInView(box, ...rows) {
  const head = box.querySelector("thead")?.offsetHeight ?? 0;
  for (const row of rows.filter(Boolean)) {
    const { top, bottom } = row.getBoundingClientRect();
    const edge = box.getBoundingClientRect().top + box.clientTop;
    box.scrollTop += Math.min(0, top - edge - head) + Math.max(0, bottom - edge - box.clientHeight);
  }
}

/** Content behind a line that opens it. */
export function fold(summary, ...content) {
  return element("details", { class: "sq-fold" }, element("summary", {}, summary), content);
}
