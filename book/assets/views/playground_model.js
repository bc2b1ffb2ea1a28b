/**
 * The model of the playground, its gradients by hand, and Adam.
 *
 * An embedding E and attention over it: the step's own item asks, all items of the history answer. To the score of
 * two items comes, where wanted, one learned number b for the distance between the events. The sum c of the
 * embeddings, weighted by the softmax of these, gives the scores O c of the next item.
 *
 * One function holds all of it and needs nothing but `world` and `scores`, because a worker gets its text.
 */
export function makeModel(world, scores) {
  const { ITEMS: V, STEPS: T, FIRST, numbers, histories, shares, causes, expectedNdcg, limits } = world;
  const { D, own, pairScores, pairGradients } = scores;
  const BATCH = 16;
  const TEST = 64;
  const ASKED = T - 1 - FIRST; // steps of each history that are asked

  /** Names and sizes of the parameters, in the order in which they are drawn. */
  const layout = ({ score, bias }) => [["E", V * D], ["O", V * D], ...own(score), ...(bias ? [["b", 2 * T - 1]] : [])];

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
  const room = () => ({ w: new Float64Array(T), c: new Float64Array(D), z: new Float64Array(V) });

  /** Mean loss over all asked steps of `rows`, and its gradient, as flat arrays. */
  function lossAndGradient(settings, values, rows) {
    const p = parts(settings, values);
    const S = pairScores(settings.score, p);
    const gradient = new Float64Array(values.length);
    const g = parts(settings, gradient);
    const dS = new Float64Array(V * V);
    const dc = new Float64Array(D);
    const dw = new Float64Array(T);
    const held = room();
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
    pairGradients(settings.score, p, g, dS);
    const count = rows.length * ASKED;
    return { loss: loss / count, gradient: gradient.map((x) => x / count) };
  }

  /** A run that has not begun: parameters, Adam's memory, and its own streams of random numbers. */
  function begin(settings) {
    const values = start(settings);
    const test = histories(settings, TEST, numbers(1000 * settings.seed + 3));
    const zero = () => new Float64Array(values.length);
    const random = numbers(1000 * settings.seed + 2);
    return { settings, values, m: zero(), v: zero(), step: 0, random, test, limits: limits(settings, test) };
  }

  /** One step of Adam (Kingma & Ba 2015) on a fresh batch; returns the loss before it. */
  function advance(run) {
    const rows = histories(run.settings, BATCH, run.random);
    const { loss, gradient } = lossAndGradient(run.settings, run.values, rows);
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
    const S = pairScores(run.settings.score, p);
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
  function example(run) {
    const [p, held, items, t] = [parts(run.settings, run.values), room(), run.test[0], T - 2];
    look(p, pairScores(run.settings.score, p), items, t, t + 1, held);
    const share = shares(run.settings, items, t);
    const best = (list) => list.indexOf(Math.max(...list));
    const weights = Array.from(held.w.subarray(0, t + 1));
    const found = { items: items.slice(0, t + 1), weights, causes: causes(run.settings, items, t) };
    return { ...found, guess: best(held.z), expected: best(share) };
  }

  return { BATCH, TEST, layout, start, lossAndGradient, begin, advance, measure, example };
}
