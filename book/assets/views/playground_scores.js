/**
 * The score functions of the playground, and their gradients.
 *
 * The score of a query item's vector e and a key item's vector f is e.f (`dot`), e.f / sqrt(D) (`scaled`), e.Wf
 * (`bilinear`) or v.tanh(Ae + Cf) (`additive`). It depends on the two items alone, so it is worked out once a pair
 * of items, not once a pair of events. V items, width D; parameters `p` and their gradients `g` go by name.
 *
 * One function holds all of it, because a worker gets its text.
 */
export function makeScores(V) {
  const D = 8;
  const zeros = () => new Float64Array(D);
  const row = (matrix, i) => matrix.subarray(i * D, (i + 1) * D);

  /** Names and sizes of the parameters that a score function has of its own. */
  function own(score) {
    if (score === "bilinear") return [["W", D * D]];
    return score === "additive" ? [["A", D * D], ["C", D * D], ["v", D]] : [];
  }

  /** Add the product of a (D, D) matrix and a vector to `out`; with `turned` that of its transpose. */
  function times(matrix, x, out, turned = false) {
    for (let r = 0; r < D; r += 1) {
      for (let c = 0; c < D; c += 1) out[turned ? c : r] += matrix[r * D + c] * x[turned ? r : c];
    }
    return out;
  }

  /** Add the product of a column and a row, (D, D), to `matrix`. */
  function outer(matrix, x, y) {
    for (let r = 0; r < D; r += 1) for (let c = 0; c < D; c += 1) matrix[r * D + c] += x[r] * y[c];
  }

  /** How a plain product of two vectors is scaled. */
  const factor = (score) => (score === "scaled" ? 1 / Math.sqrt(D) : 1);

  /** What each item's vector becomes before it is compared, (V) vectors: as a query, as a key. */
  function sides(score, p) {
    const all = Array.from({ length: V }, (_, i) => row(p.E, i));
    if (score === "bilinear") return [all.map((e) => times(p.W, e, zeros(), true)), all];
    if (score === "additive") return [all.map((e) => times(p.A, e, zeros())), all.map((e) => times(p.C, e, zeros()))];
    return [all, all];
  }

  /** Scores (V, V), a row a query item, a column a key item. */
  function pairScores(score, p) {
    const [queries, keys] = sides(score, p);
    const scores = new Float64Array(V * V);
    for (let a = 0; a < V; a += 1) {
      for (let b = 0; b < V; b += 1) {
        let sum = 0;
        for (let d = 0; d < D; d += 1) {
          sum += score === "additive" ? p.v[d] * Math.tanh(queries[a][d] + keys[b][d]) : queries[a][d] * keys[b][d];
        }
        scores[a * V + b] = factor(score) * sum;
      }
    }
    return scores;
  }

  /** Add to `g` what the gradient (V, V) of the pair scores gives the parameters. */
  function pairGradients(score, p, g, dScores) {
    const [queries, keys] = sides(score, p);
    for (let a = 0; a < V; a += 1) {
      for (let b = 0; b < V; b += 1) {
        const s = factor(score) * dScores[a * V + b];
        const [e, f] = [row(p.E, a), row(p.E, b)];
        const [de, df] = [row(g.E, a), row(g.E, b)];
        if (score === "additive") {
          const inner = keys[b].map((y, d) => Math.tanh(queries[a][d] + y));
          const back = inner.map((y, d) => s * p.v[d] * (1 - y * y));
          for (let d = 0; d < D; d += 1) g.v[d] += s * inner[d];
          outer(g.A, back, e);
          outer(g.C, back, f);
          times(p.A, back, de, true);
          times(p.C, back, df, true);
        } else {
          const [se, sf] = [e.map((x) => s * x), f.map((x) => s * x)];
          if (score === "bilinear") {
            outer(g.W, se, f);
            times(p.W, sf, de);
            times(p.W, se, df, true);
          } else {
            sf.forEach((x, d) => { de[d] += x; });
            se.forEach((x, d) => { df[d] += x; });
          }
        }
      }
    }
  }

  return { D, own, pairScores, pairGradients };
}
