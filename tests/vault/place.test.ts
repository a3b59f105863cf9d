/** A store as upkeep sees it, where its entries are none that upkeep of keys could tell anything of. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, evictByKey, fleche, keyRing, memoryStore, openCache, reseal } from "../../src/index.ts";
import { pickleStore } from "../../src/pickle.ts";
import { folder } from "../pickle-file/kit.ts";

const [OLD, NEW] = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)] as const;
const OLD_ID = keyRing(OLD).keyIds[0] as string;

test("pickles name no key that upkeep could look for or replace: it says so, and leaves them as they are", () => {
  const root = folder();
  const cache = openCache({ store: pickleStore({ root }), secretKey: OLD });
  const square = fleche((x: number) => x * x, { cache, name: "square", module: "m", version: 1 });
  square(3);
  // An envelope of that key in the place of a pickle: its header would be believed by who asks for no more than that.
  const envelopes = memoryStore();
  fleche((x: number) => x, { cache: openCache({ store: envelopes, secretKey: OLD }), name: "f", version: 1 })(1);
  const [name = ""] = envelopes.blobs.list();
  const envelope = Buffer.from(envelopes.blobs.get(name) as Uint8Array);
  const values = join(root, "values");
  const [file = ""] = readdirSync(values).filter((of) => !of.startsWith("."));
  writeFileSync(join(values, file), envelope);
  const contents = () =>
    ["values", "calls"].flatMap((of) =>
      readdirSync(join(root, of), { withFileTypes: true })
        .filter((file) => file.isFile())
        .map(({ name: file }) => [file, readFileSync(join(root, of, file), "hex")]),
    );
  const before = contents();

  for (const act of [
    () => evictByKey(cache, OLD_ID),
    () => evictByKey(cache, OLD_ID, { dryRun: true }),
    () => reseal(cache, { from: OLD, to: NEW }),
  ]) {
    expect(act).toThrow(ConfigError);
    expect(act).toThrow(/as they are no envelopes/);
  }
  expect(before.length).toBeGreaterThan(2);
  expect(contents()).toEqual(before);
});
