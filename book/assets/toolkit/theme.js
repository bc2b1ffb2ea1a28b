/**
 * Colours of the page, from CSS variables that toolkit.css sets for light and dark.
 *
 * Draw with `colour(...)`: it gives `var(--sq-...)`, so a drawing follows the switch between light and dark
 * without being drawn again. Colour-blind readers can tell the five data colours apart; each series has a shape
 * and a dash as well, so that nothing hangs on colour alone.
 */

const NAMED = ["text", "muted", "line", "surface", "page", "focus"];
export const SERIES = [
  { name: "blue", dash: null, marker: "circle" },
  { name: "orange", dash: "7 3", marker: "diamond" },
  { name: "green", dash: "2 3", marker: "square" },
  { name: "purple", dash: "9 3 2 3", marker: "triangle" },
  { name: "grey", dash: "4 4", marker: "circle" },
];

/**
 * A colour to draw with.
 *
 * @param {string|number} which a name (text, muted, line, surface, page, focus, blue, orange, green, purple,
 *   grey) or the number of a series, from 0; numbers beyond the last start again.
 * @throws {Error} an unknown name.
 */
export function colour(which) {
  if (Number.isInteger(which)) return `var(--sq-${SERIES[which % SERIES.length].name})`;
  if (NAMED.includes(which) || SERIES.some((series) => series.name === which)) return `var(--sq-${which})`;
  throw new Error(`unknown colour ${which}`);
}

/** What `colour(which)` is now, for a canvas or a computation: for example "rgb(0, 114, 178)". */
export function resolvedColour(node, which) {
  const probe = document.createElement("span");
  probe.style.color = colour(which);
  node.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Whether `node` stands on a dark ground now. */
export function isDark(node) {
  const [r, g, b] = (resolvedColour(node, "text").match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b > 128;
}

/**
 * Call `listener` when the page turns light or dark. Only a canvas needs this.
 *
 * @returns {function} call it to stop.
 */
export function onThemeChange(listener) {
  const watch = new MutationObserver(listener);
  const attributes = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "theme"] };
  watch.observe(document.documentElement, attributes);
  watch.observe(document.body, attributes);
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", listener);
  return () => {
    watch.disconnect();
    system.removeEventListener("change", listener);
  };
}
