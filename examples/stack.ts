/**
 * A cache of one's own over one that is shared: calls that a colleague made are served from the share, and copied to the
 * near cache; new ones stay near until they are pushed.
 */
import { fileStore, fleche, openCache, push, stack, transfer } from "fleche";

const secretKey = "deadbeefcafe0123456789abcdef0123456789abcdef0123456789abcdef0123";
const shared = openCache({ store: fileStore({ root: "shared" }), secretKey });
const local = openCache({ store: fileStore({ root: "local" }), secretKey });

let runs = 0;
const simulate = fleche(
  function simulate(temperature: number, steps: number): number {
    runs++;
    return temperature * Math.sqrt(steps);
  },
  { version: 1 },
);

// A colleague has run one simulation on the share.
simulate.with({ cache: shared })(300, 10_000);
console.log(`the colleague ran ${runs} simulation`);

// Here the share lies behind a cache of our own.
const both = stack([local, shared]);
const ours = simulate.with({ cache: both });
runs = 0;
console.log("from the share:", ours(300, 10_000), `after ${runs} runs`);
console.log("now also near:", simulate.with({ cache: local }).contains(300, 10_000));

// What is new is stored near only …
console.log("new:", ours(310, 10_000), `after ${runs} run`);
console.log("on the share:", simulate.with({ cache: shared }).contains(310, 10_000));

// … until it is pushed to the next layer: all of it, or a part.
console.log("pushed:", push(both, { filter: ({ name }) => name === "simulate" }).transferred);
console.log("on the share:", simulate.with({ cache: shared }).contains(310, 10_000));

// A filtered part can go to any cache.
const archive = openCache({ store: fileStore({ root: "archive" }), secretKey });
const hot = ours.digest(310, 10_000);
const { arguments: wanted } = shared.loadRecord(hot);
const [, temperature] = wanted[0] ?? [];
const moved = transfer(both, archive, {
  filter: (record) => record.arguments.some(([name, digest]) => name === "temperature" && digest === temperature),
});
console.log("archived:", moved.transferred);
both.close();
