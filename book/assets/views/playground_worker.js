/**
 * The playground's model at work in a worker, so that the page stays quick while it trains.
 *
 * A page from a folder may not load a worker from another file, so the worker is made from the text of the
 * functions. Where workers are forbidden the same functions run in the page, a few steps at a time.
 */

import { makeModel } from "./playground_model.js";
import { makeScores } from "./playground_scores.js";
import { makeWorld } from "./playground_world.js";

/**
 * Answer questions `{id, settings, steps}`: `settings` begins a run anew, then it goes on by `steps`.
 *
 * The answer holds what was measured after the last step; `train` is the mean loss of the steps of this question.
 */
export function serve(makers) {
  const [makeWorld, makeScores, makeModel] = makers;
  const world = makeWorld();
  const engine = makeModel(world, makeScores(world.ITEMS));
  let run = null;
  return ({ id, settings, steps }) => {
    if (settings) run = engine.begin(settings);
    let sum = 0;
    for (let i = 0; i < steps; i += 1) sum += engine.advance(run);
    const found = { ...engine.measure(run), limits: run.limits, example: engine.example(run) };
    return { id, step: run.step, steps, train: sum / steps, ...found };
  };
}

/** @returns {function(object): Promise<object>} asks a question of {@link serve}; answers keep their order. */
export function startEngine() {
  const makers = [makeWorld, makeScores, makeModel];
  const waiting = new Map();
  let count = 0;
  let send;
  const settle = (answer) => {
    const [, resolve] = waiting.get(answer.id);
    waiting.delete(answer.id);
    resolve(answer);
  };
  const stayHere = () => {
    const work = serve(makers);
    send = (question) => setTimeout(() => settle(work(question)));
    for (const [question] of waiting.values()) send(question);
  };
  try {
    const text = `const work = (${serve})([${makers}]); onmessage = (event) => postMessage(work(event.data));`;
    const worker = new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    worker.onmessage = (event) => settle(event.data);
    worker.onerror = stayHere;
    send = (question) => worker.postMessage(question);
  } catch {
    stayHere();
  }
  return (question) =>
    new Promise((resolve) => {
      count += 1;
      waiting.set(count, [{ ...question, id: count }, resolve]);
      send({ ...question, id: count });
    });
}
