/** Numbers as text, the same way in every view. A value that is no number becomes a dash. */

const DASH = "–";
const MINUS = "−";

function finite(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** `value` with `digits` after the point; -0.00 becomes 0.00. */
export function fixed(value, digits = 2) {
  if (!finite(value)) return DASH;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** As {@link fixed}, with a plus before what is above 0. */
export function signed(value, digits = 2) {
  const text = fixed(value, digits);
  return finite(value) && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A share between 0 and 1 as per cent: 0.123 is "12%". */
export function percent(share, digits = 0) {
  return finite(share) ? `${fixed(100 * share, digits)}%` : DASH;
}

/** A whole number with commas between thousands, as in the text: 12,345. */
export function count(value) {
  if (!finite(value)) return DASH;
  const text = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, ",");
  return Math.round(value) < 0 ? MINUS + text : text;
}

/** A size in bytes in words: "379 kB", "1.2 MB". */
export function size(bytes) {
  if (!finite(bytes)) return DASH;
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 999_500 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `text` cut to `letters` letters, with an ellipsis where something went; no letter is cut in half. */
export function shorten(text, letters = 40) {
  const all = [...String(text)];
  return all.length <= letters ? String(text) : `${all.slice(0, letters - 1).join("").trimEnd()}…`;
}
