/** From scores to a ranked list, and what a change of the history does to it. */

import { softmax } from "./lstm_attention.js";

/**
 * The items in order, best first, each with its score and its share of a softmax over the items ranked.
 *
 * @param {Float64Array} scores (V+1,), padding first. @param {number[]} history @param {boolean} repeats whether
 *   items of the history stay in, as the evaluator decides.
 * @returns {{item: number, score: number, share: number, place: number}[]}
 */
export function ranked(scores, history, repeats) {
  const seen = new Set(repeats ? [] : history);
  const items = Array.from(scores.keys()).filter((i) => i > 0 && !seen.has(i));
  const share = softmax(items.map((i) => scores[i]));
  return items
    .map((item, k) => ({ item, score: scores[item], share: share[k] }))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .map((row, k) => ({ ...row, place: k + 1 }));
}

/**
 * One answer of the model: the ranking, attention averaged over heads, and for each past item the counterfactual:
 * what happens to the first item's share when that past item is taken out.
 *
 * @returns {{history: number[], list: object[], weights: number[], removal: number[]}} `removal[j]` is the change
 *   of the share, NaN where nothing would be left to read.
 */
export function answer(model, history, repeats) {
  if (!history.length) return { history, list: [], weights: [], removal: [] };
  const read = history.slice(-model.max_len);
  const found = model.run(read);
  const list = ranked(found.scores, history, repeats);
  const first = list[0];
  const weights = read.map((_, j) => found.weights.reduce((sum, row) => sum + row[j], 0) / found.weights.length);
  const removal = read.map((_, j) => {
    if (read.length === 1) return NaN;
    const rest = [...read.slice(0, j), ...read.slice(j + 1)];
    // States before j do not change, so they are not worked out again. The removed item stays out of the
    // ranking: the question is what the model thinks, not which items are allowed.
    const without = ranked(model.run(rest, rest.length, found, j).scores, history, repeats);
    return without.find((row) => row.item === first.item).share - first.share;
  });
  return { history, list, weights, removal };
}
