/**
 * Build elements from data. Text is always a text node, so a title such as `<img onerror=...>` stays text.
 * There is no way here to turn a string into markup or into code.
 */

const SVG = "http://www.w3.org/2000/svg";
const REFUSED_TAGS = new Set(["script", "iframe", "object", "embed", "style", "link", "base", "meta"]);
const REFUSED_ATTRIBUTES = /^(on.*|innerhtml|outerhtml|srcdoc|formaction)$/i;
const SAFE_LINK = /^(https:|mailto:|#|\.{0,2}\/)/i;

function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
  } else if (name === "style") {
    for (const [property, text] of Object.entries(value)) node.style.setProperty(property, String(text));
  } else if (REFUSED_ATTRIBUTES.test(name)) {
    throw new Error(`the attribute ${name} could run a string as code: use on: { event: function }`);
  } else if (/^(xlink:)?(href|src)$/i.test(name) && !SAFE_LINK.test(String(value))) {
    throw new Error(`a link must be https:, mailto:, # or a path; got ${String(value).slice(0, 40)}`);
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(node, name, value);
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * An HTML element.
 *
 * @param {string} tag for example "p".
 * @param {object} attributes name to value; null, undefined and false leave the attribute out, true sets it
 *   empty. `on` is `{event: function}`, `style` is `{property: value}`.
 * @param {...(Node|string|number|Array)} children nodes, or text.
 * @throws {Error} a tag or an attribute that could run code, or a link to another kind of address.
 */
export function element(tag, attributes = {}, ...children) {
  if (REFUSED_TAGS.has(tag.toLowerCase())) throw new Error(`<${tag}> is not built from data`);
  return build(document.createElement(tag), attributes, children);
}

/** An SVG element; arguments as for {@link element}. */
export function drawing(tag, attributes = {}, ...children) {
  if (REFUSED_TAGS.has(tag.toLowerCase())) throw new Error(`<${tag}> is not built from data`);
  return build(document.createElementNS(SVG, tag), attributes, children);
}

/** Take out all children of `node`, put `children` in, return `node`. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/**
 * Text that comes from data, such as a title: its writing direction cannot leak into what stands beside it.
 *
 * @param {string} text any string.
 */
export function words(text) {
  return element("bdi", { class: "sq-words" }, text);
}

/**
 * An id that no other view of this page has.
 *
 * The count belongs to the page, because each view brings its own copy of this module.
 */
export function freshId(prefix = "sq") {
  const count = Symbol.for("seqrec.ids");
  globalThis[count] = (globalThis[count] ?? 0) + 1;
  return `${prefix}-${globalThis[count]}`;
}
