/** Against a plain filter over all records, in every kind of cache. */
import fc from "fast-check";
import { digest } from "fleche";
import { expect, test } from "vitest";
import { runAsync } from "../../src/flow.ts";
import type { Selection } from "../../src/query/selection.ts";
import type { CallRecord } from "../../src/record/call-record.ts";
import { callsIn, KINDS, noDigest, putCall, searchAny } from "./kit.ts";

const value = fc.constantFrom<unknown[]>(null, undefined, 0, 1, "1", [1], { a: 1 }, "", true);
const name = fc.constantFrom("f", "g", "F", "f%", "f_");
const version = fc.constantFrom(null, 1, "1", 2);
const module = fc.constantFrom(null, "m", "n");
const tag = fc.constantFrom("a", "b", "a b", "%");
const args = fc.dictionary(fc.constantFrom("x", "y", "z"), value, { maxKeys: 3, noNullPrototype: true });
const metadata = fc.record(
  {
    git: fc.record(
      { dirty: fc.boolean(), commit: fc.constantFrom("ab", null) },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const time = fc.integer({ min: 0, max: 5 });

const call = fc.record(
  {
    args,
    result: value.filter((v) => v !== undefined),
    name,
    version,
    module,
    tags: fc.uniqueArray(tag),
    metadata,
    startedMs: time,
    codeDigest: fc.constantFrom(null, noDigest(1), noDigest(2)),
    parent: fc.constantFrom(null, noDigest(3)),
  },
  { noNullPrototype: true },
);
const selection = fc.record(
  {
    arguments: args,
    result: value,
    name,
    version,
    module,
    tags: fc.array(tag, { maxLength: 2 }),
    metadata,
    since: time,
    until: time,
    codeDigest: fc.constantFrom(null, noDigest(1)),
    parent: fc.constantFrom(null, noDigest(3)),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** The same said in the plainest way. */
function isMeant(record: CallRecord, wanted: Selection): boolean {
  const part = (a: unknown, b: unknown): boolean =>
    typeof b === "object" && b !== null
      ? typeof a === "object" &&
        a !== null &&
        Object.entries(b).every(([k, v]) => part((a as Record<string, unknown>)[k], v))
      : a === b;
  return Object.entries(wanted).every(([field, want]) => {
    if (field === "arguments") {
      const have = new Map(record.arguments);
      return Object.entries(want as object).every(([k, v]) => have.get(k) === digest(v));
    }
    if (field === "result") return record.result === digest(want);
    if (field === "tags") return (want as string[]).every((one) => record.tags.includes(one));
    if (field === "metadata") return part(record.metadata, want);
    if (field === "since") return record.startedMs >= (want as number);
    if (field === "until") return record.startedMs < (want as number);
    return record[field as "name"] === want;
  });
}

test.each(KINDS)(
  "a search finds what a filter over all records finds: %s",
  async (_kind, open) => {
    const property = fc.asyncProperty(
      fc.array(call, { maxLength: 12 }),
      fc.array(selection, { minLength: 1, maxLength: 8 }),
      async (made, asked) => {
        const cache = open();
        const calls = callsIn(cache);
        for (const about of made)
          await putCall(cache, { ...about, identity: about.codeDigest === null ? "version" : "closure" } as never);
        const keys: string[] = [];
        for await (const lookupKey of calls.listRecords()) keys.push(lookupKey);
        for (const wanted of asked) {
          const expected: string[] = [];
          for (const lookupKey of keys) {
            const found = await runAsync(calls.findRecord(lookupKey));
            if (found.refused === undefined && isMeant(found.record, wanted as Selection)) expected.push(lookupKey);
          }
          const query = searchAny(cache, wanted as Selection);
          const found = (await query.toArray()).map(({ lookupKey }) => lookupKey);
          expect(found.sort()).toEqual(expected.sort());
          expect(await query.count()).toBe(expected.length);
          const times = (await query.sorted().toArray()).map(({ startedMs }) => startedMs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect((await query.latest())?.startedMs).toBe(times.at(-1));
          expect((await query.oldest())?.startedMs).toBe(times[0]);
          expect((await query.skip(1).take(2).toArray()).length).toBe(Math.min(2, Math.max(0, expected.length - 1)));
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  },
  60_000,
);
