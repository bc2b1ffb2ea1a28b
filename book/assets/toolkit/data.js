/** Read what stands in the page: JSON, packed numbers, and payloads that are fetched only when asked for. */

/**
 * The JSON in the page's element `id`, a `<script type="application/json">`.
 *
 * @throws {Error} no such element, or no JSON.
 */
export function embedded(id) {
  const holder = document.getElementById(id);
  if (!holder) throw new Error(`the page has no element ${id}`);
  return JSON.parse(holder.textContent);
}

/**
 * The text of the payload `id`. In a notebook it stands in the page; in the book it is a file of its own, which
 * is loaded now. It is loaded as a script, because a page from a folder may not fetch.
 *
 * @returns {Promise<string>} rejected when the file is not there.
 */
export function payload(id) {
  const holder = document.getElementById(id);
  if (!holder) return Promise.reject(new Error(`the page has no payload ${id}`));
  const address = holder.dataset.src;
  if (!address) return Promise.resolve(holder.textContent.trim());
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address; // written by the build, not by data
    script.onload = () => resolve(globalThis.seqrecPayloads[id]);
    script.onerror = () => reject(new Error(`could not load ${address}`));
    document.head.append(script);
  });
}

/** The bytes behind base64 `text`. */
export function bytes(text) {
  const raw = atob(text);
  const found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) found[i] = raw.charCodeAt(i);
  return found;
}

/** 32-bit floats, little-endian, behind base64 `text`. */
export function floats(text) {
  const view = new DataView(bytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Shares between 0 and 1 that were stored in 16 bits, little-endian: steps of 1/65535. */
export function shares(text) {
  const view = new DataView(bytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => view.getUint16(2 * i, true) / 65535);
}

/**
 * Row `t` of a lower triangle that was stored row after row: row 0 has 1 entry, row t has t + 1.
 *
 * @param {Float32Array} triangle all rows, one after another.
 */
export function triangleRow(triangle, t) {
  const start = (t * (t + 1)) / 2;
  return triangle.subarray(start, start + t + 1);
}
