/**
 * Random programs: what the functions' source says in each process, and what each process does. Every call is compared
 * with what the same source gives where nothing is cached.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { runNode } from "./package.ts";

/** How the source reads. Every choice is another function. */
interface Source {
  readonly operator: "+" | "-" | "*";
  readonly helper: "x + offset" | "x - offset" | "offset - x";
  readonly offset: number;
  readonly factor: number;
  readonly deep: boolean;
  readonly comment: string;
}

type Step =
  | { readonly do: "call"; readonly which: number; readonly argument: number }
  | { readonly do: "rerun" | "evict"; readonly which: number; readonly argument: number }
  | { readonly do: "factor"; readonly value: number }
  | { readonly do: "mutate"; readonly argument: number }
  | {
      readonly do: "damage";
      readonly how: Damage;
      readonly entry: number;
      readonly other: number;
      readonly at: number;
    };

type Damage = "flip" | "cut" | "delete" | "empty" | "swap" | "copy" | "forge" | "link";

/** One process. */
interface Epoch {
  readonly source: Source;
  /** Which keys of ours, in which order; the first one signs. */
  readonly keys: readonly number[];
  readonly steps: readonly Step[];
}

const small = fc.integer({ min: 0, max: 3 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("call" as const), which: small, argument: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("rerun", "evict"), which: small, argument: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("factor" as const), value: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("mutate" as const), argument: small }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("damage" as const),
      how: fc.constantFrom("flip", "cut", "delete", "empty", "swap", "copy", "forge", "link"),
      entry: fc.nat(1000),
      other: fc.nat(1000),
      at: fc.nat(400),
    }),
  },
);

const source: fc.Arbitrary<Source> = fc.record({
  operator: fc.constantFrom("+", "-", "*"),
  helper: fc.constantFrom("x + offset", "x - offset", "offset - x"),
  offset: fc.integer({ min: 1, max: 2 }),
  factor: fc.integer({ min: 1, max: 2 }),
  deep: fc.boolean(),
  comment: fc.constantFrom("", "// as before\n", "/* another */"),
});

const keys = fc.constantFrom([0], [1], [0, 1], [1, 0]);

/** A program of some processes with some steps each. */
export function programs(processes: number, steps: number): fc.Arbitrary<readonly Epoch[]> {
  const epoch = fc.record({ source, keys, steps: fc.array(step, { minLength: steps / 2, maxLength: steps }) });
  return fc.array(epoch, { minLength: 2, maxLength: processes });
}

const CALLS: readonly Step[] = [0, 1, 2, 3].map((argument) => ({ do: "call", which: 0, argument }));
const EMPTIED: readonly Step[] = [0, 1, 2, 3].map((entry) => ({ do: "damage", how: "empty", entry, other: 0, at: 0 }));

/** A program that is served often, and of whose entries some are refused: random ones need not be so lucky. */
export const SERVED_AND_REFUSED: readonly Epoch[] = [0, 1].map((i) => ({
  source: { operator: "+", helper: "x + offset", offset: 1, factor: 2, deep: false, comment: "" },
  keys: [0],
  steps: i === 0 ? [...CALLS, ...CALLS, ...EMPTIED] : [...CALLS, ...CALLS, ...CALLS],
}));

const KEYS = ["4b".repeat(31), "5c".repeat(31)].map((text, i) => `${text}0${i + 1}`);
const ATTACKER = `${"6d".repeat(31)}03`;

function functions({ operator, helper, factor, deep, comment }: Source, wrap: string): string {
  return `${wrap}
import { help } from "./helper.mjs";
let factor = ${factor};
export function setFactor(value) { factor = value; }
const OPTIONS = { recheckMs: 0 };
${comment}
export const leaf = fleche(function leaf(x) { ${comment}
  return { v: help(x) * factor };
}, OPTIONS);
export const root = fleche(function root(x) {
  return [leaf(x).v ${operator} 1, ${deep ? "leaf(leaf(x).v).v" : "leaf(x + 1).v"}];
}, OPTIONS);
export const later = fleche(async function later(x, add = 1) {
  const both = await Promise.all([other(x), other(x + add)]);
  return new Map([["sum", both[0] ${operator} both[1]]]);
}, OPTIONS);
const other = fleche(async function other(x) { return leaf(x).v ${operator} x; }, OPTIONS);
export const rows = fleche(function rows(list) {
  list.push(list.length ${operator} factor);
  return list;
}, OPTIONS);
`;
}

const DRIVER = `
import { isDeepStrictEqual } from "node:util";
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callShelf, cache, fileStore, findRecord, openCache, rulesFor, runSync, saveRecord } from "fleche/inside";
import { openCache as open, fileStore as files, cache as use } from "fleche";

const { root, attacker, steps } = JSON.parse(readFileSync(new URL("steps.json", import.meta.url), "utf8"));
console.warn = () => {};
const store = files({ root });
use(open({ store }));
const cached = await import("./cached.mjs?" + process.pid);
const plain = await import("./plain.mjs?" + process.pid);
const names = ["leaf", "root", "later", "rows"];
const argumentsOf = (which, argument) => (names[which] === "rows" ? [Array(argument).fill(argument)] : [argument]);
const counts = { calls: 0, hits: 0, refused: 0, wrong: [] };
subscribe("fleche:call", ({ step, reason }) => {
  if (step === "hit") counts.hits++;
  if (step === "miss" && reason !== "absent") counts.refused++;
});

function entries() {
  return ["values", "calls"].flatMap((kind) => {
    const under = join(root, kind);
    try {
      return readdirSync(under, { recursive: true, withFileTypes: true })
        .filter((entry) => /^[0-9a-f]{62,64}$/.test(entry.name) && !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    } catch {
      return [];
    }
  });
}

function damage({ how, entry, other, at }) {
  const all = entries();
  if (all.length === 0) return;
  const [path, second] = [all[entry % all.length], all[other % all.length]];
  const read = (file) => { try { return readFileSync(file); } catch { return Buffer.alloc(0); } };
  const write = (file, bytes) => { rmSync(file, { force: true }); writeFileSync(file, bytes); };
  const bytes = read(path);
  if (how === "flip" && bytes.length > 0) { bytes[at % bytes.length] ^= 1 << (at % 8); write(path, bytes); }
  if (how === "cut") write(path, bytes.subarray(0, at));
  if (how === "delete") rmSync(path, { force: true });
  if (how === "empty") write(path, "");
  if (how === "copy") write(path, read(second));
  if (how === "swap") { const two = read(second); write(second, bytes); write(path, two); }
  if (how === "link" && path !== second) { rmSync(path); symlinkSync(second, path); }
  if (how === "forge") forge(path, second);
}

/** Another result in a sound record, sealed by somebody who has no key of ours. */
function forge(path, second) {
  const own = fileStore({ root });
  const reporter = { warn() {} };
  const nameOf = (file) => file.slice(root.length).replace(/[^0-9a-f]/g, "").slice(-64);
  const key = nameOf(path);
  const ours = callShelf(own.records, rulesFor("forge", {}, own, reporter));
  const theirs = callShelf(own.records, rulesFor("forge", { secretKey: attacker }, own, reporter));
  const found = runSync(findRecord(ours, key));
  if (found.refused !== undefined) return;
  const lie = openCache({ store: own, secretKey: attacker }).save({ lie: at() });
  runSync(saveRecord(theirs, key, { ...found.record, result: String(lie) }));
}
let lies = 0;
const at = () => lies++;

for (const step of steps) {
  if (step.do === "factor") {
    cached.setFactor(step.value);
    plain.setFactor(step.value);
    continue;
  }
  if (step.do === "damage") { damage(step); continue; }
  if (step.do === "mutate") {
    // What was handed out is the caller's to change.
    const value = cached.leaf(step.argument);
    value.v = "changed";
    const list = cached.rows(Array(step.argument).fill(step.argument));
    list.push("changed");
    continue;
  }
  const name = names[step.which];
  const [mine, theirs] = [0, 1].map(() => argumentsOf(step.which, step.argument));
  if (step.do === "evict") { await cached[name].evict(...mine); continue; }
  const actual = await (step.do === "rerun" ? cached[name].rerun : cached[name])(...mine);
  const expected = await plain[name](...theirs);
  counts.calls++;
  if (!isDeepStrictEqual(actual, expected)) counts.wrong.push({ step, actual, expected });
}
process.stdout.write(JSON.stringify(counts));
`;

/** What came of a program. */
export interface Outcome {
  calls: number;
  hits: number;
  refused: number;
  readonly wrong: unknown[];
}

/** Runs a program, a process after the other, over one store; `home` has the package. */
export async function runProgram(home: string, epochs: readonly Epoch[], id: string): Promise<Outcome> {
  const total: Outcome = { calls: 0, hits: 0, refused: 0, wrong: [] };
  const root = join(home, `store-${id}`);
  const { mkdirSync } = await import("node:fs");
  const folder = join(home, `program-${id}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "driver.mjs"), DRIVER);
  for (const [i, epoch] of epochs.entries()) {
    const { helper, offset } = epoch.source;
    writeFileSync(join(folder, "helper.mjs"), `const offset = ${offset};\nexport const help = (x) => ${helper};\n`);
    writeFileSync(join(folder, "cached.mjs"), functions(epoch.source, 'import { fleche } from "fleche";'));
    writeFileSync(join(folder, "plain.mjs"), functions(epoch.source, "const fleche = (fn) => fn;"));
    writeFileSync(join(folder, "steps.json"), JSON.stringify({ root, attacker: ATTACKER, steps: epoch.steps }));
    const ended = await runNode(join(folder, "driver.mjs"), {
      FLECHE_SECRET_KEY: epoch.keys.map((at) => KEYS[at]).join(":"),
    });
    if (ended.status !== 0) throw new Error(`process ${i} ended with ${ended.status}: ${ended.stderr}`);
    const counts = JSON.parse(ended.stdout) as Outcome;
    total.calls += counts.calls;
    total.hits += counts.hits;
    total.refused += counts.refused;
    total.wrong.push(...counts.wrong);
  }
  return total;
}
