/**
 * The model of the playground, its gradients by hand, and Adam.
 *
 * An embedding E and attention over it: the step's own item asks, all items of the history answer. The score of a
 * query e and a key f is e.f (`dot`), e.f / sqrt(D) (`scaled`), e.Wf (`bilinear`) or v.tanh(Ae + Cf) (`additive`),
 * plus, where wanted, one learned number b for the distance. The weighted sum c of the embeddings gives the
 * scores O c of the next item. Without b a score depends on the two items alone, so it is worked out once a pair
 * of items, not once a pair of events.
 *
 * One function holds all of it and needs nothing but `world`, because a worker gets its text.
 */
export function makeModel(world) {
  const { ITEMS: V, STEPS: T, FIRST, numbers, histories, shares, causes, expectedNdcg, limits } = world;
  const D = 8;
  const BATCH = 16;
  const TEST = 64;
  const ASKED = T - 1 - FIRST; // steps of each history that are asked

  /** Names and sizes of the parameters, in the order in which they are drawn. */
  function layout({ score, bias }) {
    const own = { bilinear: [["W", D * D]], additive: [["A", D * D], ["C", D * D], ["v", D]] }[score] ?? [];
    return [["E", V * D], ["O", V * D], ...own, ...(bias ? [["b", 2 * T - 1]] : [])];
  }

  /** One array cut into named parts, so that Adam needs no names. */
  function parts(settings, values) {
    const cut = {};
    let at = 0;
    for (const [name, size] of layout(settings)) cut[name] = values.subarray(at, (at += size));
    return cut;
  }

  /** Parameters at the start: normal, sd 0.5 for E and 1 / sqrt(D) for the rest; b is 0. */
  function start(settings) {
    const random = numbers(1000 * settings.seed + 1);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const values = new Float64Array(layout(settings).reduce((sum, [, size]) => sum + size, 0));
    const cut = parts(settings, values);
    for (const [name] of layout(settings)) {
      const spread = name === "b" ? 0 : name === "E" ? 0.5 : 1 / Math.sqrt(D);
      for (let i = 0; i < cut[name].length && spread; i += 1) cut[name][i] = spread * normal();
    }
    return values;
  }

  /** `out[r] += sum over c of matrix[r, c] x[c]` for D by D; `back` takes the transpose. */
  function times(matrix, x, out, back = false) {
    for (let r = 0; r < D; r += 1) for (let c = 0; c < D; c += 1) out[back ? c : r] += matrix[r * D + c] * x[back ? r : c];
    return out;
  }
  function outer(matrix, x, y) {
    for (let r = 0; r < D; r += 1) for (let c = 0; c < D; c += 1) matrix[r * D + c] += x[r] * y[c];
  }
  const row = (matrix, i) => matrix.subarray(i * D, (i + 1) * D);
  const zeros = () => new Float64Array(D);

  /** Scores (V, V) of each query item with each key item. */
  function pairScores({ score }, p) {
    const S = new Float64Array(V * V);
    const f = score === "scaled" ? 1 / Math.sqrt(D) : 1;
    for (let a = 0; a < V; a += 1) {
      const ask = score === "bilinear" ? times(p.W, row(p.E, a), zeros(), true) : score === "additive" ? times(p.A, row(p.E, a), zeros()) : row(p.E, a);
      for (let b = 0; b < V; b += 1) {
        const key = score === "additive" ? times(p.C, row(p.E, b), zeros()) : row(p.E, b);
        let sum = 0;
        for (let d = 0; d < D; d += 1) sum += score === "additive" ? p.v[d] * Math.tanh(ask[d] + key[d]) : f * ask[d] * key[d];
        S[a * V + b] = sum;
      }
    }
    return S;
  }

  /** From the gradient of the pair scores to that of the parameters. */
  function pairScoresBack({ score }, p, g, dS) {
    const f = score === "scaled" ? 1 / Math.sqrt(D) : 1;
    for (let a = 0; a < V; a += 1) {
      for (let b = 0; b < V; b += 1) {
        const s = dS[a * V + b];
        if (s === 0) continue;
        const [e, h, de, dh] = [row(p.E, a), row(p.E, b), row(g.E, a), row(g.E, b)];
        if (score === "additive") {
          const inner = times(p.C, h, times(p.A, e, zeros())).map(Math.tanh);
          const back = inner.map((y, d) => s * p.v[d] * (1 - y * y));
          for (let d = 0; d < D; d += 1) g.v[d] += s * inner[d];
          outer(g.A, back, e);
          outer(g.C, back, h);
          times(p.A, back, de, true);
          times(p.C, back, dh, true);
        } else if (score === "bilinear") {
          const [se, sh] = [e.map((x) => s * x), h.map((x) => s * x)];
          outer(g.W, se, h);
          times(p.W, sh, de);
          times(p.W, se, dh, true);
        } else {
          for (let d = 0; d < D; d += 1) {
            const [x, y] = [e[d], h[d]];
            de[d] += f * s * y;
            dh[d] += f * s * x;
          }
        }
      }
    }
  }

  /** Softmax in place over the first `n` of `values`; returns the log of the sum of exponentials. */
  function softmax(values, n) {
    let top = -Infinity;
    for (let i = 0; i < n; i += 1) top = Math.max(top, values[i]);
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += values[i] = Math.exp(values[i] - top);
    for (let i = 0; i < n; i += 1) values[i] /= sum;
    return top + Math.log(sum);
  }

  /** Weights of step t over the history, the sum c, and the scores of the next item, into `w`, `c`, `z`. */
  function look(p, S, items, t, reach, { w, c, z }) {
    for (let j = 0; j < reach; j += 1) w[j] = S[items[t] * V + items[j]] + (p.b ? p.b[t - j + T - 1] : 0);
    softmax(w, reach);
    c.fill(0);
    for (let j = 0; j < reach; j += 1) for (let d = 0; d < D; d += 1) c[d] += w[j] * p.E[items[j] * D + d];
    for (let i = 0; i < V; i += 1) {
      z[i] = 0;
      for (let d = 0; d < D; d += 1) z[i] += p.O[i * D + d] * c[d];
    }
  }
  const room = () => ({ w: new Float64Array(T), c: zeros(), z: new Float64Array(V) });

  /** Mean loss over all asked steps of `rows`, and its gradient, as flat arrays. */
  function lossAndGradient(settings, values, rows) {
    const [p, S, held] = [parts(settings, values), pairScores(settings, parts(settings, values)), room()];
    const [gradient, dS, dc, dw] = [new Float64Array(values.length), new Float64Array(V * V), zeros(), new Float64Array(T)];
    const g = parts(settings, gradient);
    const { w, c, z } = held;
    let loss = 0;
    for (const items of rows) {
      for (let t = FIRST; t < T - 1; t += 1) {
        const reach = settings.mask ? t + 1 : T;
        look(p, S, items, t, reach, held);
        const own = z[items[t + 1]];
        loss += softmax(z, V) - own;
        z[items[t + 1]] -= 1;
        dc.fill(0);
        for (let i = 0; i < V; i += 1) {
          for (let d = 0; d < D; d += 1) {
            g.O[i * D + d] += z[i] * c[d];
            dc[d] += z[i] * p.O[i * D + d];
          }
        }
        let mean = 0;
        for (let j = 0; j < reach; j += 1) {
          dw[j] = 0;
          for (let d = 0; d < D; d += 1) {
            dw[j] += dc[d] * p.E[items[j] * D + d];
            g.E[items[j] * D + d] += dc[d] * w[j];
          }
          mean += w[j] * dw[j];
        }
        for (let j = 0; j < reach; j += 1) {
          const s = w[j] * (dw[j] - mean);
          dS[items[t] * V + items[j]] += s;
          if (p.b) g.b[t - j + T - 1] += s;
        }
      }
    }
    pairScoresBack(settings, p, g, dS);
    const count = rows.length * ASKED;
    return { loss: loss / count, gradient: gradient.map((x) => x / count) };
  }

  /** A run that has not begun: parameters, Adam's memory, and its own streams of random numbers. */
  function begin(settings) {
    const values = start(settings);
    const test = histories(settings, TEST, numbers(1000 * settings.seed + 3));
    const zero = () => new Float64Array(values.length);
    return { settings, values, m: zero(), v: zero(), step: 0, random: numbers(1000 * settings.seed + 2), test, limits: limits(settings, test) };
  }

  /** One step of Adam (Kingma & Ba 2015) on a fresh batch; returns the loss before it. */
  function advance(run) {
    const { loss, gradient } = lossAndGradient(run.settings, run.values, histories(run.settings, BATCH, run.random));
    run.step += 1;
    const [one, two] = [1 - 0.9 ** run.step, 1 - 0.999 ** run.step];
    gradient.forEach((x, i) => {
      run.m[i] += 0.1 * (x - run.m[i]);
      run.v[i] += 0.001 * (x * x - run.v[i]);
      run.values[i] -= (run.settings.rate * (run.m[i] / one)) / (Math.sqrt(run.v[i] / two) + 1e-8);
    });
    return loss;
  }

  /** The run as it stands on fresh histories. Nothing later than the asked step exists then. */
  function measure(run) {
    const [p, held] = [parts(run.settings, run.values), room()];
    const S = pairScores(run.settings, p);
    let [loss, ndcg, cause, count] = [0, 0, 0, 0];
    for (const items of run.test) {
      for (let t = FIRST; t < T - 1; t += 1, count += 1) {
        look(p, S, items, t, t + 1, held);
        const share = shares(run.settings, items, t);
        ndcg += expectedNdcg(held.z, share);
        const top = softmax(held.z.slice(), V);
        held.z.forEach((z, i) => { loss += share[i] * (top - z); });
        for (const j of causes(run.settings, items, t)) cause += held.w[j];
      }
    }
    return { loss: loss / count, ndcg: ndcg / count, cause: run.settings.rule === "taste" ? NaN : cause / count };
  }

  /** One test history up to its last asked step, with what the model looks at from there. */
  function example(run, number = 0) {
    const [p, held, items, t] = [parts(run.settings, run.values), room(), run.test[number], T - 2];
    look(p, pairScores(run.settings, p), items, t, t + 1, held);
    const share = shares(run.settings, items, t);
    const best = (list) => list.indexOf(Math.max(...list));
    return { items: items.slice(0, t + 1), weights: Array.from(held.w).slice(0, t + 1), causes: causes(run.settings, items, t), guess: best(held.z), expected: best(share), next: items[t + 1] };
  }

  return { BATCH, TEST, layout, start, lossAndGradient, begin, advance, measure, example };
}
