/**
 * Budgets of privacy: what each costs in ranking, what an attack catches, and what the promise would allow it to catch.
 *
 * Data: `words`, `scores` (names of the attacker's scores), `floor`, `ceiling`, and `ways` [{name, epsilon (null: none was
 * promised), delta, ndcg [mean, low, high], caught {score: [mean, low, high]}}], from most care to none.
 */

import { barChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { fixed } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { view } from "../toolkit/view.js";

/** The largest share of members that any attack may catch at a share of false alarms; 1 where nothing is promised. */
function allowed(way, alarms) {
  return way.epsilon === null ? 1 : Math.min(1, Math.exp(way.epsilon) * alarms + way.delta);
}

export default view((root, data) => {
  const say = data.words;
  const charts = element("div");
  const status = statusLine();
  const span = { min: 0, max: data.ways.length - 1, step: 1, value: 2, say: (n) => data.ways[n].name };
  const budget = slider(say.budget, span, draw);
  const score = choice(say.score, data.scores.map((one) => ({ value: one, label: say.scores[one] })), draw);
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say), group(say.choose, budget, score), status.node,
  );
  fill(root, element("div", { class: "sq-sides" }, left, charts));

  function draw() {
    const way = data.ways[budget.get()];
    const [mean, low, high] = way.ndcg;
    const [found, least, most] = way.caught[score.get()];
    const may = allowed(way, data.alarms);
    const ranking = barChart({
      name: say.ranking,
      rows: [{ label: way.name, value: mean, low, high }],
      lines: [{ label: say.floor, value: data.floor }, { label: say.ceiling, value: data.ceiling }],
      domain: [0, Math.ceil(10 * data.ceiling) / 10],
      alt: plainSentence(say.altRanking, { name: way.name, value: fixed(mean, 3), floor: fixed(data.floor, 3) }),
      data: say.table,
    });
    const attack = barChart({
      name: say.caught,
      rows: [
        { label: say.guess, value: data.alarms, series: 2 },
        { label: say.seen, value: found, low: Math.max(0, least), high: most },
        { label: say.allowed, value: may, series: 1 },
      ],
      domain: [0, 1],
      alt: plainSentence(say.altAttack, { seen: fixed(found, 3), allowed: fixed(may, 3) }),
      data: say.table,
    });
    fill(charts, ranking, attack);
    const values = { name: way.name, ndcg: fixed(mean, 3), seen: fixed(found, 3), allowed: fixed(may, 3) };
    status.say(sentence(way.epsilon === null ? say.toldNone : say.told, values));
  }
  draw();
});
