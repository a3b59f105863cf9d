import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import { dict, tuple } from "../../src/digest/shapes.ts";
import known from "./known-digests.json" with { type: "json" };

/** A value as the list writes it: its Python type and its parts. */
interface Tagged {
  readonly str?: string;
  readonly int?: string;
  readonly float?: string;
  readonly ieee754_be_hex?: string;
  readonly bool?: boolean;
  readonly none?: boolean;
  readonly bytes_hex?: string;
  readonly digest?: string;
  readonly list?: readonly Tagged[];
  readonly tuple?: readonly Tagged[];
  readonly dict?: readonly (readonly [Tagged, Tagged])[];
}

function untagged(tagged: Tagged, integer: (text: string) => unknown): unknown {
  const any = (part: Tagged): unknown => untagged(part, integer);
  if (tagged.str !== undefined) return tagged.str;
  if (tagged.int !== undefined) return integer(tagged.int);
  if (tagged.ieee754_be_hex !== undefined) return Buffer.from(tagged.ieee754_be_hex, "hex").readDoubleBE();
  if (tagged.bool !== undefined) return tagged.bool;
  if (tagged.bytes_hex !== undefined) return Buffer.from(tagged.bytes_hex, "hex");
  if (tagged.digest !== undefined) return D(tagged.digest);
  if (tagged.list !== undefined) return tagged.list.map(any);
  if (tagged.tuple !== undefined) return tuple(...tagged.tuple.map(any));
  if (tagged.dict !== undefined) return dict(tagged.dict.map(([key, value]) => [any(key), any(value)]));
  if (tagged.none === true) return null;
  throw new Error(`an unknown tag: ${JSON.stringify(tagged)}`);
}

/** A number where JavaScript's numbers have it, else a bigint: what a JavaScript program would write. */
function natural(text: string): number | bigint {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

/** Whether the default scheme names a part otherwise than Python does: a float that is no safe integer. */
function differs(value: unknown): boolean {
  if (typeof value === "number") return !Number.isSafeInteger(value) || Object.is(value, -0);
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return false;
  if (Symbol.iterator in value && typeof value !== "string" && !(value instanceof String)) {
    return [...(value as Iterable<unknown>)].some(differs);
  }
  return Object.values(value).some(differs);
}

const NEGATIVE_NAN = "math.copysign(float('nan'), -1.0)";
const rows = known.digests.map((row) => ({ ...row, tagged: row.tagged as unknown as Tagged }));
const expressible = rows.filter(({ python_literal }) => python_literal !== NEGATIVE_NAN);
const exact = expressible.filter(({ tagged }) => !differs(untagged(tagged, natural)));

describe("Python's digests", () => {
  test("are all here but that of the negative NaN, which JavaScript cannot tell from the other", () => {
    expect(rows).toHaveLength(81);
    expect(expressible).toHaveLength(80);
    expect(exact.length).toBeGreaterThanOrEqual(60);
  });

  test.each(expressible)(
    "numbers: python gives $python_literal its digest ($description)",
    ({ tagged, digest: hex }) => {
      expect(digest(untagged(tagged, natural), { numbers: "python" })).toBe(hex);
    },
  );

  test.each(expressible)("bigints name Python's integers as well: $python_literal", ({ tagged, digest: hex }) => {
    expect(digest(untagged(tagged, BigInt), { numbers: "python" })).toBe(hex);
  });

  test.each(exact)("are those of the default scheme too: $python_literal ($description)", ({ tagged, digest: hex }) => {
    expect(digest(untagged(tagged, natural))).toBe(hex);
  });

  test("of other floats are not those of the default scheme, which lets none collide", () => {
    const others = expressible.filter((row) => !exact.includes(row));
    expect(others.map(({ python_literal }) => python_literal)).toContain("0.2");
    for (const { tagged, digest: hex } of others) expect(digest(untagged(tagged, natural))).not.toBe(hex);
  });

  test("of the page is that of the page", () => {
    const hex = "c38b58619f23f9507daf70dc7ef009512035480102031e8345c7e95fa254dbeb";
    expect(digest({ status: "secure", data: [1, 2, 3] })).toBe(hex);
    expect(digest({ data: [1, 2, 3], status: "secure" })).toBe(hex);
  });
});
