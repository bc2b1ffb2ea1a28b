/**
 * The worlds of the playground: 12 items, histories of 16 events, and a rule that makes 4 of 5 events.
 *
 * - `copy`: the next item is the last one again.
 * - `companion`: the next item is the companion (A has B, B has C, ...) of the item k events before it.
 * - `taste`: each history keeps to one group of three items (ABC, DEF, ...).
 *
 * The other events are drawn evenly from all items. So the shares of the next item are known exactly.
 *
 * One function holds all of it and needs nothing from outside, because a worker gets its text.
 */
export function makeWorld() {
  const ITEMS = 12;
  const STEPS = 16;
  const FIRST = 5; // the first step that is asked what comes next, counted from 0
  const RULED = 0.8; // share of events that follow the rule
  const GROUP = 3; // items of one taste
  const TOP = 3; // NDCG looks at so many places

  /** Numbers in [0, 1) that a seed fixes: the mulberry32 generator of T. Ettinger, public domain. */
  function numbers(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  /** One history (STEPS,) of `world` = {rule, k}. */
  function history(world, random) {
    const items = [];
    const taste = Math.floor(random() * (ITEMS / GROUP));
    for (let t = 0; t < STEPS; t += 1) {
      const ruled = random() < RULED;
      const place = random();
      const known = world.rule === "taste" || t >= (world.rule === "copy" ? 1 : world.k);
      if (!ruled || !known) items.push(Math.floor(place * ITEMS));
      else if (world.rule === "copy") items.push(items[t - 1]);
      else if (world.rule === "companion") items.push((items[t - world.k] + 1) % ITEMS);
      else items.push(taste * GROUP + Math.floor(place * GROUP));
    }
    return items;
  }

  const histories = (world, count, random) => Array.from({ length: count }, () => history(world, random));

  /** The oracle: exact shares (ITEMS,) of the item after step t, from steps 0 to t alone. */
  function shares(world, items, t) {
    const found = new Float64Array(ITEMS).fill((1 - RULED) / ITEMS);
    if (world.rule === "copy") found[items[t]] += RULED;
    else if (world.rule === "companion") found[(items[t + 1 - world.k] + 1) % ITEMS] += RULED;
    else {
      // Bayes: each event multiplies the odds of the taste that it fits
      const odds = new Float64Array(ITEMS / GROUP).fill(1);
      const gain = 1 + (RULED / GROUP) / ((1 - RULED) / ITEMS);
      for (let j = 0; j <= t; j += 1) odds[Math.floor(items[j] / GROUP)] *= gain;
      const sum = odds.reduce((a, b) => a + b, 0);
      for (let i = 0; i < ITEMS; i += 1) found[i] += (RULED / GROUP) * (odds[Math.floor(i / GROUP)] / sum);
    }
    return found;
  }

  /** The past events from which the rule's item can be read; none for `taste`, where all count alike. */
  function causes(world, items, t) {
    if (world.rule === "taste") return [];
    if (world.rule === "companion") return [t + 1 - world.k];
    return items.slice(0, t + 1).flatMap((item, j) => (item === items[t] ? [j] : []));
  }

  /** NDCG that the order of `scores` has in expectation, when the next item is drawn by `share`. */
  function expectedNdcg(scores, share) {
    const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
    return order.slice(0, TOP).reduce((sum, item, place) => sum + share[item] / Math.log2(place + 2), 0);
  }

  const entropy = (share) => -share.reduce((sum, p) => sum + p * Math.log(p), 0);

  /** What no model can pass on these histories: mean loss of the oracle, and its mean NDCG. */
  function limits(world, rows) {
    let [loss, ndcg, guess, count] = [0, 0, 0, 0];
    for (const items of rows) {
      for (let t = FIRST; t < STEPS - 1; t += 1, count += 1) {
        const share = shares(world, items, t);
        loss += entropy(share);
        ndcg += expectedNdcg(share, share);
        guess += share.reduce((a, b) => a + b, 0) / ITEMS;
      }
    }
    const even = Array.from({ length: TOP }, (_, place) => 1 / Math.log2(place + 2)).reduce((a, b) => a + b, 0);
    return { loss: loss / count, ndcg: ndcg / count, guess: (even * guess) / count };
  }

  return { ITEMS, STEPS, FIRST, TOP, numbers, histories, shares, causes, expectedNdcg, limits };
}
