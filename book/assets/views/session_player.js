/**
 * A session, item by item: the reader shows items, or lets a policy choose, and sees what each choice is exactly worth.
 *
 * Data: `words`, `items` [{name, about}], `states` (names), `click` and `after` (states x items), `stays` [after a skip, after a
 * click] by state, `best` (places x states x items), `policies` [{name, shows (places x states), value}], `opened` (the item,
 * from 0, with which each session begins), `starts` (the state after it), `luck` (sessions x places x 2). Items count from 0.
 */

import { button, choice, group, statusLine, tryThis } from "../toolkit/controls.js";
import { element, fill } from "../toolkit/dom.js";
import { count, fixed } from "../toolkit/numbers.js";
import { sentence } from "../toolkit/sentence.js";
import { dataTable } from "../toolkit/table.js";
import { view } from "../toolkit/view.js";

export default view((root, data) => {
  const say = data.words;
  const places = data.best.length;
  const status = statusLine();
  const story = element("p", { class: "sq-note" });
  const where = element("p", {});
  const menu = element("div");
  const tally = element("div");
  const who = choice(say.policy, data.policies.map((one, value) => ({ value, label: one.name })), draw);
  const go = button(say.choose, () => show(data.policies[who.get()].shows[now.place][now.state]));
  const next = button(say.next, begin);
  let sessions = 0; // that are over
  let clicks = 0; // in those
  let now = null;

  fill(
    root,
    element("p", { class: "sq-title" }, say.title),
    tryThis(say),
    where,
    menu,
    group(say.controls, who, go, next),
    status.node,
    story,
    tally,
  );

  function begin() {
    const number = (now === null ? 0 : now.number + 1) % data.opened.length;
    now = { number, place: 0, state: data.starts[number], won: 0, over: false, steps: [] };
    status.say(sentence(say.opens, { item: data.items[data.opened[number]].name }));
    draw();
  }

  function show(item) {
    if (now.over) return;
    const [first, second] = data.luck[now.number][now.place];
    const clicked = first < data.click[now.state][item];
    if (clicked) now.state = data.after[now.state][item];
    const stays = second < data.stays[clicked ? 1 : 0][now.state];
    now.won += clicked ? 1 : 0;
    now.place += 1;
    now.over = !stays || now.place === places;
    now.steps.push(`${data.items[item].name} ${clicked ? say.hit : say.miss}`);
    if (now.over) {
      sessions += 1;
      clicks += now.won;
    }
    const told = clicked ? say.clicked : say.skipped;
    const end = now.place === places && stays ? say.full : stays ? say.stayed : say.left;
    status.say(sentence(told, { item: data.items[item].name }), " ", sentence(end, { clicks: count(now.won) }));
    draw();
  }

  function marks(item) {
    const named = data.policies.filter((one) => one.shows[now.place][now.state] === item);
    return named.map((one) => one.name).join(", ");
  }

  function draw() {
    const over = now.over;
    go.disabled = over;
    fill(where, over ? say.ended : sentence(say.where, { place: count(now.place + 1), places: count(places), state: data.states[now.state] }));
    if (over) {
      fill(menu);
    } else {
      const rows = data.items.map((item, i) => [
        button(`${item.name}: ${item.about}`, () => show(i), { name: `${say.show} ${item.name}: ${item.about}` }),
        data.click[now.state][i],
        data.stays[1][data.after[now.state][i]],
        data.best[now.place][now.state][i],
        marks(i),
      ]);
      const two = (label) => ({ label, digits: 2 });
      const columns = [{ label: say.item }, two(say.click), two(say.stay), two(say.worth), { label: say.choice }];
      fill(menu, element("div", { class: "sq-scroll" }, dataTable({ caption: say.menu, columns, rows })));
    }
    fill(story, now.steps.length ? `${say.story} ${now.steps.join(" · ")}` : "");
    const mine = sessions ? fixed(clicks / sessions, 2) : "–";
    const others = data.policies.map((one) => `${one.name} ${fixed(one.value, 2)}`).join(" · ");
    fill(tally, element("p", { class: "sq-note" }, sentence(say.tally, { mine, sessions: count(sessions), others })));
  }
  begin();
});
