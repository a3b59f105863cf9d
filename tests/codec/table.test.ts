/** What each codec carries: every kind is really written and read, and the page is what was seen. */
import { expect, test } from "vitest";
import { closureCodec } from "../../src/closure-file.ts";
import { bytesCodec } from "../../src/codec/bytes.ts";
import type { Codec } from "../../src/codec/codec.ts";
import { jsonCodec } from "../../src/codec/json.ts";
import { structuredCodec } from "../../src/codec/structured/structured.ts";
import { digest, digestHex } from "../../src/digest/digest.ts";
import { DecodeError, EncodeError } from "../../src/errors.ts";
import { pickleCodec } from "../../src/pickle.ts";
import { alike, EVERY_KIND } from "../digest/values.ts";
import { PYTHON_KINDS } from "./pickle/kinds.ts";

/** A column each. */
const COLUMNS: readonly Codec[] = [structuredCodec, jsonCodec, bytesCodec, pickleCodec(), closureCodec];

const factor = 3;

class Account {
  balance = 1;
  add(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}

/** What holds code, and what shows that it came back. */
const CODE_KINDS: readonly (readonly [name: string, make: () => unknown, use: (value: never) => unknown])[] = [
  ["a function", () => (x: number) => x + 1, (f: (x: number) => number) => f(41)],
  ["a function with a variable that it captures", () => (x: number) => x * factor, (f: (x: number) => number) => f(14)],
  ["an async function", () => async (x: number) => x + 1, (f: { name: string; length: number }) => [f.name, f.length]],
  [
    "a generator function",
    () =>
      function* count() {
        yield 1;
        yield 2;
      },
    (f: () => Iterable<number>) => [...f()],
  ],
  [
    "functions that call each other",
    () => {
      const even = (n: number): boolean => n === 0 || odd(n - 1);
      const odd = (n: number): boolean => n !== 0 && even(n - 1);
      return { even, odd };
    },
    ({ even, odd }: { even(n: number): boolean; odd(n: number): boolean }) => [even(10), odd(10)],
  ],
  ["a class", () => Account, (Class: typeof Account) => new Class().add(1)],
  ["an instance of a class that is not registered", () => new Account(), (account: Account) => account.add(41)],
  [
    "an accessor",
    () => ({
      get twice() {
        return 2 * factor;
      },
    }),
    (object: { twice: number }) => object.twice,
  ],
];

function outcome(codec: Codec, name: string, make: () => unknown): string {
  const value = make();
  let body: Uint8Array;
  try {
    body = codec.encode(value);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    return "refused";
  }
  const back = codec.decode(Uint8Array.from(body), { entry: digest(value) });
  expect([codec.name, name, alike(back, make()), digest(back)]).toEqual([codec.name, name, true, digest(value)]);
  return "yes";
}

function codeOutcome(codec: Codec, [name, make, use]: (typeof CODE_KINDS)[number]): string {
  let body: Uint8Array;
  try {
    body = codec.encode(make());
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    return "refused";
  }
  const back = codec.decode(Uint8Array.from(body), { entry: digestHex(make(), codec.naming) });
  expect([name, digestHex(back, codec.naming)]).toEqual([name, digestHex(make(), codec.naming)]);
  expect([name, use(back as never)]).toEqual([name, use(make() as never)]);
  return "yes";
}

function page(): string {
  // The page is the same for every Node; this class is there from 24 on.
  const kinds = [...EVERY_KIND, ...PYTHON_KINDS].filter(([name]) => name !== "a Float16Array");
  const rows = kinds.map(
    ([name, make]) => `| ${name} | ${COLUMNS.map((codec) => outcome(codec, name, make)).join(" | ")} |`,
  );
  for (const kind of CODE_KINDS) {
    rows.push(`| ${kind[0]} | ${COLUMNS.map((codec) => codeOutcome(codec, kind)).join(" | ")} |`);
  }
  return `# What each codec carries

A value comes back equal and of the same type, with the same digest, or encoding refuses it with the path to the part.
No codec changes anything quietly.

| kind | ${COLUMNS.map(({ name }) => `\`${name}\``).join(" | ")} |
|---|${COLUMNS.map(() => "---|").join("")}
${rows.join("\n")}

\`structured\` and \`json\` are options of every storage and cache ([options](options.md)), \`bytes\` too; \`pickle\` is
[\`pickleCodec\`](pickle.md) from \`fleche/pickle\`. A class of \`fleche/pickle\` in a body of \`structured\` is read by
programs that import \`fleche/pickle\`. \`closure\` is [\`closureCodec\`](closure.md), which makes code of what it reads, and
so needs keys.

This page is written by \`tests/codec/table.test.ts\`, which writes and reads one of each.
`;
}

test("each codec brings every kind back, or refuses it, as the page says", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/reference/codecs.md");
});

test("the classes of fleche/pickle come back from `structured` inside of others, shared and nested", () => {
  for (const [, make] of PYTHON_KINDS) {
    const one = make();
    const value = [one, { one }, new Map([[one, one]])];
    const back = structuredCodec.decode(Uint8Array.from(structuredCodec.encode(value)), { entry: "" }) as unknown[];
    expect(alike(back, value)).toBe(true);
    expect((back[1] as { one: unknown }).one).toBe(back[0]);
  }
});

test("a body that another codec wrote is refused, whichever of them reads it", () => {
  for (const [name, make] of [...EVERY_KIND, ...PYTHON_KINDS]) {
    for (const writer of COLUMNS) {
      let body: Uint8Array;
      try {
        body = writer.encode(make());
      } catch {
        continue;
      }
      for (const reader of COLUMNS.filter((codec) => codec !== writer)) {
        const read = () => reader.decode(Uint8Array.from(body), { entry: digest(make()) });
        // A body of the codec `bytes` is any bytes; none of these is anybody else's.
        expect(read, `${name}: ${writer.name} read by ${reader.name}`).toThrow(DecodeError);
      }
    }
  }
});
