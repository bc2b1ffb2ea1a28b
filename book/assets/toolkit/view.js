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
 *   is shown to the reader as text.
 */
export function view(draw) {
  return {
    async render({ model, el }) {
      // Formulas are not looked for in here: a title may hold a dollar sign.
      const root = element("div", { class: "sq-view tex2jax_ignore" });
      fill(el, root);
      const tools = {
        payload: async (name) => {
          const held = model.get("payloads")?.[name];
          if (held === undefined) throw new Error(`this view has no payload ${name}`);
          return typeof held === "function" ? held() : held;
        },
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
