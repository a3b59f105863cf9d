/** Conformance: what spares copies of large entries, where a store has it: memory of the reader's, reading later, putting in pieces. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Admit, HEAD_SIZE, type Room, type Store } from "../../store/store.ts";
import { nameOf, sampleBytes, WRONG_NAMES } from "../samples.ts";
import { onStore, type StoreCase } from "./case.ts";
import { assertBytes } from "./entries.ts";

const SIZES = [0, 1, 4095, 4096, 4097, 65_536, 1_048_576, 1_052_672, 3_000_001];

type Get = (name: string, admit?: Admit, room?: Room) => PromiseLike<Uint8Array | undefined>;

/** The ways to read a blob. */
function waysOf({ blobs }: Store): readonly (readonly [title: string, get: Get])[] {
  const { getLater } = blobs;
  const ways: (readonly [string, Get])[] = [["get", async (...args) => blobs.get(...args)]];
  if (getLater !== undefined) ways.push(["getLater", (...args) => getLater.apply(blobs, args)]);
  return ways;
}

/** Blobs of every size, tried with each way to read them. */
async function eachBlob(
  store: Store,
  run: (get: Get, name: string, bytes: Uint8Array, what: string) => Promise<void>,
): Promise<void> {
  for (const [i, size] of SIZES.entries()) {
    const bytes = sampleBytes(size, size + 3);
    await store.blobs.put(nameOf(i), bytes.slice());
    for (const [title, get] of waysOf(store)) await run(get, nameOf(i), bytes, `${title} of ${size} bytes`);
  }
}

export const PIECE_CASES: readonly StoreCase[] = [
  onStore(
    "a store that asks for room reads all that lies behind the head into it, and gives the head",
    async (store) => {
      await eachBlob(store, async (get, name, bytes, what) => {
        const room = new Uint8Array(Math.max(0, bytes.length - HEAD_SIZE));
        const chunks: Buffer[] = [];
        let asked = 0;
        const found = await get(
          name,
          () => (chunk) => void chunks.push(Buffer.from(chunk)),
          () => {
            strictEqual(chunks.length > 1, false, `${what}: more than the head was shown before room was asked for`);
            asked++;
            return room;
          },
        );
        ok(asked <= 1, `${what}: asked for room ${asked} times`);
        ok(found !== undefined, `${what}: nothing was found`);
        assertBytes(asked === 0 ? found : Buffer.concat([found, room]), bytes, what);
        if (asked === 1) strictEqual(found.length, HEAD_SIZE, `${what}: what was given beside the room`);
        assertBytes(Buffer.concat(chunks), bytes, `what the sink was shown by ${what}`);
      });
    },
  ),
  onStore("where there is no room, or nothing was admitted, the entry comes whole or not at all", async (store) => {
    await eachBlob(store, async (get, name, bytes, what) => {
      const never = (): never => {
        throw new Error("asked for room for what was not admitted");
      };
      assertBytes(await get(name, undefined, () => undefined), bytes, what);
      strictEqual(await get(name, () => false, never), undefined, what);
      assertBytes(await get(name), bytes, what);
    });
  }),
  onStore(
    "getLater gives what get gives, of absent entries and for names that are none too",
    async (store) => {
      const { getLater } = store.blobs;
      if (getLater === undefined) return;
      ok(store.sync, "only a store that is synchronous has another way to read");
      strictEqual(await getLater.call(store.blobs, nameOf(99)), undefined);
      for (const [title, name] of WRONG_NAMES) {
        await rejects(async () => getLater.call(store.blobs, name), TypeError, title);
      }
    },
    true,
  ),
  onStore("getLater shows admit the head and the size, as get does", async (store) => {
    await eachBlob(store, async (get, name, bytes, what) => {
      const seen: unknown[] = [];
      await get(name, (head, size) => {
        seen.push(size, Buffer.from(head).equals(bytes.subarray(0, HEAD_SIZE)));
        return true;
      });
      deepStrictEqual(seen, [bytes.length, true], what);
    });
  }),
  onStore("putPieces puts the pieces as one entry, and neither keeps nor changes them", async (store) => {
    const { putPieces } = store.blobs;
    if (putPieces === undefined) return;
    for (const [i, size] of SIZES.entries()) {
      const bytes = sampleBytes(size, i);
      for (const cuts of [[], [0], [160], [160, 160, 70_000]]) {
        const pieces: Uint8Array[] = [];
        for (const [j, cut] of [0, ...cuts].entries()) pieces.push(bytes.slice(cut, cuts[j] ?? size));
        const before = pieces.map((piece) => piece.slice());
        await putPieces.call(store.blobs, nameOf(i), pieces);
        deepStrictEqual(pieces, before, "a piece was changed");
        for (const piece of pieces) piece.fill(0xee);
        assertBytes(await store.blobs.get(nameOf(i)), bytes, `${size} bytes in ${pieces.length} pieces`);
      }
    }
  }),
];
