/**
 * The forward pass of `lstm-attention` in plain JavaScript: item vectors, LSTM, causal attention with a bias by
 * distance, MLP, tied scores. Chapter 1 gives the equations; the names of the weights are PyTorch's.
 *
 * Only the last step is asked for, so attention has one query. Sums are in 64 bits, weights in 32. A runtime for
 * any model would be 14 MB and would need a server; this is a few kB and runs from a folder.
 */

import { floats } from "../toolkit/data.js";

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** `y[r] += sum over c of matrix[r, c] x[c]`; everything is a Float64Array, which engines compile best. */
function multiplyAdd(matrix, x, y) {
  const width = x.length;
  let at = 0;
  for (let r = 0; r < y.length; r += 1) {
    let sum = 0;
    for (let c = 0; c < width; c += 1, at += 1) sum += matrix[at] * x[c];
    y[r] += sum;
  }
  return y;
}

const linear = (weight, bias, x) => multiplyAdd(weight, x, bias.slice());

/**
 * Cut one run of floats into named weights.
 *
 * @param {{name: string, shape: number[]}[]} layout in the order in which they were packed.
 * @param {string} text base64 of 32-bit floats.
 * @throws {Error} the text is longer or shorter than the layout says.
 */
export function unpack(layout, text) {
  const all = new Float64Array(floats(text));
  const found = {};
  let at = 0;
  for (const { name, shape } of layout) {
    const size = shape.reduce((product, n) => product * n, 1);
    found[name] = all.subarray(at, at + size);
    at += size;
  }
  if (at !== all.length) throw new Error(`the weights hold ${all.length} numbers; the layout asks for ${at}`);
  return found;
}

/** A trained `lstm-attention`: settings {items, dim, heads, max_len, mlp_width} and its named weights. */
export class LstmAttention {
  constructor(settings, weights) {
    Object.assign(this, settings);
    this.w = weights;
    const [a, b] = [weights["encoder.cell.bias_ih_l0"], weights["encoder.cell.bias_hh_l0"]];
    this.bias = a.map((value, i) => value + b[i]);
    this.inputs = new Map(); // what the gates get from each item: the same at every step
    this.keys = new WeakMap();
  }

  vector(item) {
    return this.w["embedding.weight"].subarray(item * this.dim, (item + 1) * this.dim);
  }

  /** The gates' share that comes from `item`, (4D,): W v + b. */
  input(item) {
    if (!this.inputs.has(item)) {
      this.inputs.set(item, linear(this.w["encoder.cell.weight_ih_l0"], this.bias, this.vector(item)));
    }
    return this.inputs.get(item);
  }

  /**
   * States and cells after each item, (T, D) each: equation (LSTM) of chapter 1.
   *
   * @param {number[]} items without padding.
   * @param {{h: Array, c: Array}} known the states of a history that begins alike. @param {number} keep how many.
   */
  states(items, known = { h: [], c: [] }, keep = 0) {
    const D = this.dim;
    const h = known.h.slice(0, keep);
    const c = known.c.slice(0, keep);
    for (let t = keep; t < items.length; t += 1) {
      const before = t ? { h: h[t - 1], c: c[t - 1] } : { h: new Float64Array(D), c: new Float64Array(D) };
      const gates = multiplyAdd(this.w["encoder.cell.weight_hh_l0"], before.h, this.input(items[t]).slice());
      const cell = new Float64Array(D);
      const state = new Float64Array(D);
      for (let k = 0; k < D; k += 1) {
        // the gates stand in PyTorch's order: let in, keep, new, show
        cell[k] = sigmoid(gates[D + k]) * before.c[k] + sigmoid(gates[k]) * Math.tanh(gates[2 * D + k]);
        state[k] = sigmoid(gates[3 * D + k]) * Math.tanh(cell[k]);
      }
      h.push(state);
      c.push(cell);
    }
    return { h, c };
  }

  /** The key of a state, worked out once: a changed history shares its first states with the old one. */
  key(state) {
    if (!this.keys.has(state)) {
      this.keys.set(state, linear(this.w["attention.key.weight"], this.w["attention.key.bias"], state));
    }
    return this.keys.get(state);
  }

  /** Weights of the last step, a row of T a head, and the context (D,): equations (scores) to (context). */
  attend(h) {
    const { dim: D, heads: H, w } = this;
    const d = D / H;
    const last = h.length - 1;
    const query = linear(w["attention.query.weight"], w["attention.query.bias"], h[last]);
    const keys = h.map((state) => this.key(state));
    const distance = w["attention.distance"];
    const reach = distance ? distance.length / H : 0;
    const context = new Float64Array(D);
    const weights = [];
    for (let head = 0; head < H; head += 1) {
      const scores = keys.map((key, j) => {
        let sum = 0;
        for (let k = head * d; k < (head + 1) * d; k += 1) sum += query[k] * key[k];
        return sum / Math.sqrt(d) + (reach ? distance[head * reach + Math.min(last - j, reach - 1)] : 0);
      });
      const row = softmax(scores);
      row.forEach((weight, j) => {
        for (let k = head * d; k < (head + 1) * d; k += 1) context[k] += weight * h[j][k];
      });
      weights.push(row);
    }
    return { weights, context };
  }

  /** Scores of all items from the context: (V+1,), -Infinity for padding. Equations (MLP) and (scores). */
  score(context) {
    const inner = linear(this.w["head.inner.weight"], this.w["head.inner.bias"], context).map((x) => Math.max(0, x));
    const z = linear(this.w["head.outer.weight"], this.w["head.outer.bias"], inner);
    const scores = multiplyAdd(this.w["embedding.weight"], z, new Float64Array(this.items + 1));
    scores[0] = -Infinity;
    return scores;
  }

  /**
   * Read a history.
   *
   * @param {number[]} padded items, 0 at the end. @param {number} length how many are real; all if left out. Only
   *   the newest `max_len` are read.
   * @returns {{scores: Float64Array, weights: number[][], h: Array, c: Array}} `weights[head][j]`.
   * @throws {Error} an empty history, or an item that is not in the catalogue.
   */
  run(padded, length = padded.length, known = undefined, keep = 0) {
    const items = padded.slice(0, length).slice(-this.max_len);
    if (!items.length) throw new Error("a history is empty: it needs at least one item");
    const wrong = items.find((item) => !Number.isInteger(item) || item < 1 || item > this.items);
    if (wrong !== undefined) throw new Error(`item numbers must be 1 to ${this.items}; got ${wrong}`);
    const { h, c } = this.states(items, known, keep);
    const { weights, context } = this.attend(h);
    return { scores: this.score(context), weights, h, c };
  }
}

/** Shares that sum to 1. */
export function softmax(scores) {
  const top = Math.max(...scores);
  const raw = Array.from(scores, (s) => Math.exp(s - top));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value / sum);
}
