/** Value storages in a directory, one for each codec, by the names that people know them by. */
import { assertOptions } from "./options.ts";
import { type FileStoreOptions, fileStore } from "./store/file/file.ts";
import { SEAL_OPTIONS, type SealOptions, type ValueStorage, valueStorage } from "./vault/value-storage.ts";

/** Options of {@link structuredFile}: those of the directory, and those of the seal. */
export interface StructuredFileOptions extends FileStoreOptions, Omit<SealOptions, "codec"> {}

/**
 * Values of every kind that has a digest, as files in a directory. Keys come from `secretKey`, else from the environment.
 *
 * @example
 * ```ts
 * import { structuredFile } from "fleche";
 * const storage = structuredFile({ root: "./cache", secretKey: "0123456789abcdef".repeat(4) });
 * const digest = storage.save({ status: "secure", data: [1, 2, 3] });
 * storage.load(digest); // { status: "secure", data: [1, 2, 3] }
 * ```
 */
export function structuredFile(options: StructuredFileOptions): ValueStorage {
  assertOptions("structuredFile", options, ["root", "durability", ...SEAL_OPTIONS.filter((name) => name !== "codec")]);
  const { root, durability = "process", ...seal } = options;
  return valueStorage({ ...seal, codec: "structured", store: fileStore({ root, durability }) });
}
