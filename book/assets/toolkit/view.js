/**
 * One module for three places: a static page, Jupyter and Colab.
 *
 * A view is a file whose default export is `view(draw)`. That is what anywidget asks of a module; in a static
 * page {@link start} plays the part of the notebook.
 */

import { embedded, payload } from "./data.js";
import { element, fill } from "./dom.js";

/**
 * Make a view.
 *
 * @param {function(Element, object, object)} draw gets the element to fill, the data that Python gave, and tools:
 *   `tools.payload(name)` is a promise of a large text that is loaded only then. It may be async. What it throws
 *   is shown to the reader as text. `tools.ask(question)` is a promise of what Python answers; it is null where no
 *   kernel listens, as in a static page.
 */
export function view(draw) {
  return {
    async render({ model, el }) {
      // Formulas are not looked for in here: a title may hold a dollar sign.
      const root = element("div", { class: "sq-view tex2jax_ignore" });
      // In a static page the caption stands there already, below the place of the view.
      const [name, finding] = model.get("caption") ?? [];
      const coded = finding?.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
      const below = name ? element("p", { class: "sq-caption" }, element("strong", {}, name), " ", coded) : null;
      fill(el, root, below);
      const tools = {
        payload: async (name) => {
          const held = model.get("payloads")?.[name];
          if (held === undefined) throw new Error(`this view has no payload ${name}`);
          return typeof held === "function" ? held() : held;
        },
        ask: model.get("answers") ? asker(model) : null,
      };
      try {
        await draw(root, model.get("data"), tools);
        el.dataset.ready = "true";
      } catch (error) {
        fill(root, element("p", { role: "alert" }, `This view could not be drawn: ${error.message}`));
        console.error(error);
      }
    },
  };
}

/** Questions to the kernel: each has a number, so that answers find their way in any order. */
function asker(model) {
  const waiting = new Map();
  model.on("msg:custom", ({ number, answer, error }) => {
    const [resolve, reject] = waiting.get(number) ?? [];
    waiting.delete(number);
    if (error === undefined) resolve?.(answer);
    else reject?.(new Error(error));
  });
  let count = 0;
  return (question) =>
    new Promise((resolve, reject) => {
      count += 1;
      waiting.set(count, [resolve, reject]);
      model.send({ number: count, question });
    });
}

/**
 * Draw a view in a static page.
 *
 * @param {string} id of the element to fill; its data stand in `<id>-data`, its payloads in elements that carry
 *   `data-payload-of="<id>"` and `data-name`.
 * @param {object} module what {@link view} made.
 */
export function start(id, module) {
  const payloads = {};
  for (const holder of document.querySelectorAll(`[data-payload-of="${id}"]`)) {
    payloads[holder.dataset.name] = () => payload(holder.id);
  }
  const values = { data: embedded(`${id}-data`), payloads };
  const model = { get: (name) => values[name], set() {}, save_changes() {}, on() {}, off() {} };
  return module.render({ model, el: document.getElementById(id) });
}
