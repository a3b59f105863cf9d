/** The page about attacks: every row of the catalogue with its cases, store by store. Written from what is registered. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attackKeys } from "../../src/testing/attack/keys.ts";
import { CASES, HOSTILE } from "../pickle-file/cases.ts";
import { CATALOGUE, type CatalogueRow } from "./catalogue.ts";
import { ATTACKED } from "./stores.ts";

/** How many tests of each row something registers; their names begin with the row. */
function countRows(register: (test: (name: string) => void) => void): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  register((name) => {
    const row = Number(/^\d+ /.exec(name)?.[0]);
    counts.set(row, (counts.get(row) ?? 0) + 1);
  });
  return counts;
}

/** The cases that a directory of Python's files has of its own: it holds no envelopes, so the suite does not fit it. */
function registerPickles(register: (name: string) => void): void {
  for (const { row } of CASES) register(`${row} `);
  for (const [title] of HOSTILE) register(`76 ${title}`);
}

const COLUMNS: readonly (readonly [title: string, counts: ReadonlyMap<number, number>])[] = [
  ...Object.entries(ATTACKED).map(([store, register]) => [store, countRows(register)] as const),
  ["Python's files", countRows(registerPickles)],
  ["no store", countRows((register) => attackKeys({ test: register }))],
];

const ROWS = Object.values(CATALOGUE).flatMap((rows) => Object.entries(rows)) as [string, CatalogueRow][];

function page(): string {
  const groups = Object.entries(CATALOGUE).map(([title, rows]) => {
    const lines = Object.entries(rows).map(([number, { text, also = [] }]: [string, CatalogueRow]) => {
      const cells = COLUMNS.map(([, counts]) => counts.get(Number(number)) ?? "");
      const links = [...new Set(also.map(([path]) => path))].map((path) => `[${path.slice(6, -8)}](../../${path})`);
      return `| ${[number, text, ...cells, links.join(", ")].join(" | ")} |`;
    });
    const head = ["", "what is tried", ...COLUMNS.map(([column]) => column), "also"];
    return `## ${title}\n\n| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}\n${lines.join("\n")}\n`;
  });
  const totals = COLUMNS.map(([column, counts]) => {
    return `${[...counts.values()].reduce((sum, count) => sum + count, 0)} (${column})`;
  });
  return `# Attacks

What somebody who can write to a cache, supply its arguments or choose its settings may try. In every case the caller gets
the right value, or the function runs, or making the cache is refused: never a wrong value. Most cases are data, in
\`fleche/testing\`, and one loop runs them over any store ([how to write a store](../how-to/write-a-store.md)).

The numbers count the cases of a row that are run over a store; each is a test, and all of them hold: ${totals.join(", ")}.
A case for the file system alone has no number elsewhere; what concerns no store (keys, most of all) is in a column of
its own, and so are the cases of [Python's files](pickle-files.md), which are no envelopes. The last column names tests
outside the suite.

Which case gives which reason: [reasons.md](reasons.md#what-gives-them). That none of the checks is idle is shown by
\`npm run test:mutations\`, which takes them out one by one.

${groups.join("\n")}
This page is written by \`tests/attack/attacks.test.ts\` from the tests that are registered.
`;
}

// `npx vitest run tests/attack/attacks -u` writes it anew.
test("the page about attacks is what the suites register", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/reference/attacks.md");
});

test("every row has a case", () => {
  const without = ROWS.filter(([number, { also = [] }]) => {
    return also.length === 0 && COLUMNS.every(([, counts]) => !counts.has(Number(number)));
  });
  expect(without).toEqual([]);
});

test("every case belongs to a row", () => {
  const known = new Set(ROWS.map(([number]) => Number(number)));
  const strangers = COLUMNS.flatMap(([, counts]) => [...counts.keys()]).filter((number) => !known.has(number));
  expect(strangers).toEqual([]);
});

test("what is tried over one store through the interface is tried over all", () => {
  const [, fewest] = COLUMNS.find(([store]) => store === "memory") as (typeof COLUMNS)[number];
  for (const store of Object.keys(ATTACKED)) {
    const [, counts] = COLUMNS.find(([title]) => title === store) as (typeof COLUMNS)[number];
    const missing = [...fewest].filter(([number, count]) => (counts.get(number) ?? 0) < count);
    expect(missing, store).toEqual([]);
  }
});

describe("tests outside the suite are there", () => {
  test.each(ROWS.flatMap(([number, { also = [] }]) => also.map(([path, title]) => [number, path, title] as const)))(
    "%s: %s",
    (_, path, title) => {
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).toContain(title);
    },
  );
});
