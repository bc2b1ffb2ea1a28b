/** Sentences from templates. Python gives the templates, so that they can be translated. */

import { words } from "./dom.js";

/**
 * Fill `{names}` in a template.
 *
 * @param {string} template for example "{item} came next".
 * @param {object} values name to a number, a node, or a string; a string counts as data, such as a title.
 * @returns {Array<string|Node>} children for element() or fill().
 * @throws {Error} the template is missing, or asks for a value that is not given.
 */
export function sentence(template, values = {}) {
  if (typeof template !== "string") throw new Error("a sentence is missing from the words of this view");
  return template.split(/(\{\w+\})/).map((part) => {
    const name = part.match(/^\{(\w+)\}$/)?.[1];
    if (!name) return part;
    if (!(name in values)) throw new Error(`no value for {${name}} in: ${template}`);
    const value = values[name];
    return typeof value === "string" ? words(value) : typeof value === "number" ? String(value) : value;
  });
}

/** The same as plain text, for an accessible name or an alternative text. */
export function plainSentence(template, values = {}) {
  return sentence(template, values).map((part) => (part instanceof Node ? part.textContent : part)).join("");
}
