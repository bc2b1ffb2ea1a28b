/**
 * How far back a state can know, with a memory of some length and some layers, and how well such models rank.
 *
 * Data: `words`, `shown` (events of the past), `models` [{name, memory, layers, values (one a place), runs}],
 * `known` (for each model and place one kind an event, the oldest first: 0 segment, 1 memory, 2 through states
 * below, 3 out of reach), `floor`, `ceiling` (one number a place), `causes` [{back, share}].
 */

import { label, marker, WIDTH } from "../toolkit/axes.js";
import { lineChart } from "../toolkit/charts.js";
import { choice, group, slider, statusLine, tryThis } from "../toolkit/controls.js";
import { drawing, element, fill } from "../toolkit/dom.js";
import { fixed, percent } from "../toolkit/numbers.js";
import { plainSentence, sentence } from "../toolkit/sentence.js";
import { colour } from "../toolkit/theme.js";
import { view } from "../toolkit/view.js";

const HEIGHT = 22;

/** One cell an event, the oldest at the left, and a diamond under each distance at which causes stand. */
function strip(known, causes, say) {
  const wide = (WIDTH - 4) / known.length;
  const drawn = known.map((kind, i) => {
    const high = kind === 2 ? HEIGHT / 2 : HEIGHT;
    const place = { x: 2 + i * wide + 0.5, y: 2 + HEIGHT - high, width: wide - 1, height: high };
    const inside = { fill: kind === 3 ? "none" : colour("blue"), "fill-opacity": kind === 0 ? 1 : 0.45 };
    return drawing("rect", { ...place, ...inside, stroke: colour("blue"), "stroke-width": 1 });
  });
  // A cause that stands `back` events before the item asked for lies back - 1 steps behind the state.
  const marks = causes.map(({ back }) => marker("diamond", 2 + (known.length - back + 0.5) * wide, HEIGHT + 10, colour("orange"), 3.5));
  const ends = [
    label(2, HEIGHT + 30, plainSentence(say.oldest, { n: known.length })),
    label(WIDTH - 2, HEIGHT + 30, say.newest, { anchor: "end" }),
  ];
  return drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 36}`, class: "sq-chart" }, drawn, marks, ends);
}

export default view((root, data) => {
  const say = data.words;
  const past = element("div");
  const chart = element("div");
  const status = statusLine();
  const places = data.ceiling.map((_, i) => i + 1);
  const model = choice(say.model, data.models.map((one, value) => ({ value, label: one.name })), draw);
  const span = { min: 1, max: places.length, step: 1, value: places.length, say: (n) => String(n) };
  const place = slider(say.place, span, draw);
  const kinds = element("ul", { class: "sq-note" }, say.kinds.map((kind) => element("li", {}, kind)));
  const left = element(
    "div", {},
    element("p", { class: "sq-title" }, say.title), tryThis(say),
    group(say.choose, model, place), kinds,
  );
  const right = element("div", {}, element("p", { class: "sq-note" }, say.strip), past, chart, status.node);
  fill(root, element("div", { class: "sq-sides" }, left, right));

  function draw() {
    const one = data.models[model.get()];
    const at = place.get();
    const known = data.known[model.get()][at - 1];
    const [own, memory, through, out] = [0, 1, 2, 3].map((kind) => known.filter((each) => each === kind).length);
    const picture = strip(known, data.causes, say);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", plainSentence(say.read, { n: known.length, own, memory, through, out }));
    fill(past, picture);
    const series = [
      { name: one.name, values: one.values },
      { name: say.popularity, values: data.floor },
      { name: say.oracle, values: data.ceiling },
    ];
    const alt = plainSentence(say.alt, { model: one.name, first: fixed(one.values[0], 3), last: fixed(one.values.at(-1), 3) });
    fill(chart, lineChart({ xName: say.across, yName: say.up, x: places, series, alt, yDomain: [0, 1], data: say.table }));
    const reach = one.layers * one.memory + at - 1;
    const share = data.causes.filter(({ back }) => back - 1 <= reach).reduce((sum, each) => sum + each.share, 0);
    const value = { value: fixed(one.values[at - 1], 3), ceiling: fixed(data.ceiling[at - 1], 3), runs: one.runs };
    status.say(sentence(say.told, { place: at, reach, share: percent(share), ...value }));
  }
  draw();
});
