/**
 * A filtered part of a cache goes elsewhere: the calls of one function from one night into an archive, where they are
 * served, and no longer here.
 */
import { fileStore, fleche, openCache, tags, transfer } from "fleche";

const secretKey = "deadbeefcafe0123456789abcdef0123456789abcdef0123456789abcdef0123";
const scratch = openCache({ store: fileStore({ root: "scratch" }), secretKey });
// The archive may have another key and codec: values are decoded here, encoded and signed there.
const archive = openCache({ store: fileStore({ root: "archive" }), secretKey: "ab".repeat(32), codec: "json" });

const simulate = fleche((temperature: number, steps: number): number => temperature * Math.sqrt(steps), {
  cache: scratch,
  name: "simulate",
  version: 1,
});
const plot = fleche((of: number): string => `plot of ${of}`, { cache: scratch, name: "plot", version: 1 });

for (const temperature of [280, 300, 320]) simulate(temperature, 100);
tags(["night"], () => {
  for (const temperature of [340, 360]) plot(simulate(temperature, 10_000));
});

// By what a search can say …
const night = scratch.query({ name: "simulate", tags: ["night"] });
check("found:", night.count(), 2);
check("copied:", night.transfer(archive).transferred, 2);
check("served from the archive:", simulate.with({ cache: archive }).load(340, 10_000), 34_000);
check("copied again:", night.transfer(archive).transferred, 0);

// … or by any test of its records; with `pop` the calls are forgotten here once they are there.
const moved = transfer(scratch, archive, {
  filter: ({ name, tags }) => name === "plot" && tags.includes("night"),
  pop: true,
});
check("moved:", moved.popped, 2);
check("not here any more:", plot.contains(34_000), false);
check("but there:", plot.with({ cache: archive }).load(34_000), "plot of 34000");
check("left here:", scratch.query().count(), 5);

// What nobody has signed is not vouched for on the way, unless that is asked for.
const unsigned = openCache({ store: fileStore({ root: "unsigned" }), keys: null });
simulate.with({ cache: unsigned })(400, 1);
check("unsigned, so not copied:", unsigned.query().transfer(archive).skipped, 1);
check("asked for by name:", unsigned.query().transfer(archive, { unverified: true }).transferred, 1);

function check(what: string, value: unknown, expected: unknown): void {
  console.log(what, value);
  if (value !== expected) throw new Error(`${what} ${String(value)}, where ${String(expected)} was expected`);
}
