/** Keyboard: one stop for the Tab key, arrow keys inside (the "roving tabindex" of the ARIA practices). */

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 10, PageUp: -10 };

/**
 * Let arrow keys, Home, End, Page up and Page down walk over the items of `container`.
 *
 * @param {Element} container holds the items; it may be filled again later, then call `refresh`.
 * @param {string} selector finds the items in it: elements that can take the focus.
 * @param {function(Element, number)} onMove called when an item gets the focus.
 * @returns {{focus: function(number), refresh: function(number=)}} `focus` moves to an item by its number;
 *   `refresh` makes item 0, or the one given, the stop for Tab.
 */
export function roving(container, selector, onMove = () => {}) {
  const items = () => [...container.querySelectorAll(selector)];
  const stop = (item) => {
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
  };
  const focus = (number) => {
    const all = items();
    if (all.length) all[Math.max(0, Math.min(number, all.length - 1))].focus();
  };
  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = items();
    const at = all.indexOf(event.target.closest(selector));
    if (at < 0) return;
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + STEPS[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    focus(to);
  });
  container.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (!item) return;
    stop(item);
    onMove(item, items().indexOf(item));
  });
  const refresh = (number = 0) => stop(items()[number]);
  refresh();
  return { focus, refresh };
}

/** Call `listener` once the reader pauses, not at each letter. */
export function whenIdle(listener, milliseconds = 60) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => listener(...values), milliseconds);
  };
}
