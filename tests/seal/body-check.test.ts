/** A body is hashed while it arrives, in whatever pieces a store gives: the header in front never counts, the rest does. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checkBody, type Opened } from "../../src/seal/open.ts";

const BODY = Buffer.from("the body that was sealed");
const HEADER = Buffer.from("a header of any length");
const ENTRY = Buffer.concat([HEADER, BODY]);

function opened(): Opened {
  const bodyHash = createHash("sha256").update(BODY).digest();
  // What the check looks at; the rest was judged before.
  const header = { storedLength: BigInt(BODY.length), bodyHash };
  return { header, verified: true, bodyStart: HEADER.length } as unknown as Opened;
}

/** Whether an entry is believed that comes in pieces which end here. */
function matches(entry: Uint8Array, ...ends: number[]): boolean {
  const check = checkBody(opened());
  let from = 0;
  for (const end of [...ends, entry.length]) {
    check.add(entry.subarray(from, end));
    from = end;
  }
  return check.matches();
}

test("the sealed body is believed in any two or three pieces, empty ones among them, and byte by byte", () => {
  expect(matches(ENTRY)).toBe(true);
  for (let first = 0; first <= ENTRY.length; first++) {
    expect([first, matches(ENTRY, first)]).toEqual([first, true]);
    for (let second = first; second <= ENTRY.length; second++) {
      expect([first, second, matches(ENTRY, first, second)]).toEqual([first, second, true]);
    }
  }
  expect(matches(ENTRY, ...ENTRY.keys())).toBe(true);
});

test("another body, a shorter and a longer one are not, in whatever pieces", () => {
  const changed = Buffer.from(ENTRY);
  changed[HEADER.length] = (changed[HEADER.length] as number) ^ 1;
  for (const wrong of [changed, ENTRY.subarray(0, -1), Buffer.concat([ENTRY, Buffer.alloc(1)])]) {
    for (let first = 0; first <= wrong.length; first++) expect([first, matches(wrong, first)]).toEqual([first, false]);
  }
  expect(checkBody(opened()).matches()).toBe(false);
});
