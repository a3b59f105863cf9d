/**
 * Value storages that carry functions: the codec `closure` with what the engine knows of wrapped functions and caches, and
 * such a storage in a directory. Nothing here is used unless a program names it.
 */

import { closureCodecWith } from "./closure/closure.ts";
import type { Codec } from "./codec/codec.ts";
import { keptApart, wrappedBy } from "./engine/original.ts";
import { assertOptions } from "./options.ts";
import { type FileStoreOptions, fileStore } from "./store/file/file.ts";
import { SEAL_OPTIONS, type SealOptions, type ValueStorage, valueStorage } from "./vault/value-storage.ts";

/**
 * The codec `closure`, to be named as `codec` of {@link valueStorage} or `openCache`: values with functions, classes and
 * their instances in them. Loading makes code of what is read, so it needs signing keys; who holds one of them can run
 * code here.
 *
 * @example
 * ```ts
 * import { closureCodec, memoryStore, valueStorage } from "fleche";
 * const secretKey = "0123456789abcdef".repeat(4);
 * const values = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });
 * const factor = 3;
 * const digest = values.save((x: number) => x * factor);
 * const revived = values.load(digest) as (x: number) => number;
 * revived(14); // 42
 * ```
 */
export const closureCodec: Codec = Object.freeze(closureCodecWith({ unwrap: wrappedBy, apart: keptApart }));

/** Options of {@link closureFile}: those of the directory, and those of the seal. */
export interface ClosureFileOptions extends FileStoreOptions, Omit<SealOptions, "codec"> {}

/**
 * Values with functions in them, as files in a directory: functions with what they capture, classes and their instances.
 * Loading makes code of what is read. So it needs keys, from `secretKey` or the environment (a `ConfigError` without), and
 * who holds one of them can run code here.
 *
 * @example
 * ```ts
 * import { closureFile } from "fleche";
 * const storage = closureFile({ root: "./cache", secretKey: "0123456789abcdef".repeat(4) });
 * const unit = "km";
 * const digest = storage.save({ show: (length: number) => `${length} ${unit}` });
 * const { show } = storage.load(digest) as { show(length: number): string };
 * show(42); // "42 km"
 * ```
 */
export function closureFile(options: ClosureFileOptions): ValueStorage {
  assertOptions("closureFile", options, ["root", "durability", ...SEAL_OPTIONS.filter((name) => name !== "codec")]);
  const { root, durability = "process", ...seal } = options;
  return valueStorage({ ...seal, codec: closureCodec, store: fileStore({ root, durability }) });
}
