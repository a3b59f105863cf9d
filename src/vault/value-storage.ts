/**
 * Value storages alone: values saved under their digest and loaded by it, over any store, with any codec, signed where
 * there are keys. No functions, no call records: those are the engine's.
 */
import { inspect } from "node:util";
import type { Codec } from "../codec/codec.ts";
import { CODECS, type CodecName } from "../codec/codecs.ts";
import { checkedNumbers } from "../digest/digest.ts";
import type { Numbers } from "../digest/number.ts";
import { Digest, hexOf } from "../digest/reference.ts";
import { ConfigError, invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "../flow.ts";
import { type Reporter, startReporter } from "../observe/reporter.ts";
import { type Stats, startTally } from "../observe/tally.ts";
import { assertOptions } from "../options.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import type { KeyRing } from "../seal/key-ring.ts";
import { findKeys } from "../seal/key-source.ts";
import type { Store, SyncStore } from "../store/store.ts";
import { formOf } from "./entry-format.ts";
import { type OldKeyUse, oldKeyNotice } from "./old-key.ts";
import {
  type CheckContent,
  DEFAULT_MAX_ENTRY_BYTES,
  forbidden,
  makeRules,
  type Posture,
  type Rules,
} from "./posture.ts";
import { type ValueFlows, valuesIn } from "./value-flows.ts";
import { containsValue, expandPrefix, loadValue, saveValue, shrinkName } from "./values.ts";

/** How entries are sealed, named and checked; for every storage, whatever its store. */
export interface SealOptions {
  /** How values are written: `structured` (default), `json`, `bytes`, or a codec object. */
  readonly codec?: CodecName | Codec;
  /** Signing keys, as FLECHE_SECRET_KEY has them: hex, colon-separated, the first signs. Default: the environment's. */
  readonly secretKey?: string;
  /** As `secretKey`, or a ring; `null` for no keys whatever the environment says. */
  readonly keys?: KeyRing | string | null;
  /** Entries of another namespace are refused, also under the same keys. Default `default`. */
  readonly namespace?: string;
  /** What an entry that is refused is to cached calls and `contains`: `on` (default) a miss and a warning, `strict` an error. */
  readonly posture?: Posture;
  /** How numbers are named; `python` shares digests with the Python library and writes on every save. */
  readonly numbers?: Numbers;
  /** When a decoded value's digest is computed again: `unsealed` (default: without a signature), `always`, `never`. */
  readonly checkContent?: CheckContent;
  /** Largest entry, in bytes, compressed or not; larger ones are neither written nor read. Default 1 GiB. */
  readonly maxEntryBytes?: number;
  /** Whether bodies are compressed (gzip) where that makes them smaller. Default `false`. */
  readonly compress?: boolean;
  /** Is told, once for each key, of an entry that was read under another key than the first one. What it throws is only reported. */
  readonly onOldKey?: (use: OldKeyUse) => unknown;
}

/** Options of {@link valueStorage}. */
export interface ValueStorageOptions<S extends Store = Store> extends SealOptions {
  /** Where the bytes go. */
  readonly store: S;
}

/** Values by their digest, on a store that is synchronous. */
export interface ValueStorage extends Disposable {
  /**
   * Stores a value and returns its digest. Writes nothing where it is stored soundly, and repairs what is damaged or
   * refused. A `Digest` is returned as it is. Throws `DigestError` or `EncodeError` with the path to what cannot be
   * stored, `StoreError` where the store fails.
   */
  save(value: unknown): Digest;
  /**
   * The value of this digest, a new one each time. Throws `NotFoundError` where there is none, `SignatureError` where
   * an entry is there and was refused, `DamagedError` where it does not give the value, `StoreError` for I/O trouble.
   */
  load(digest: Digest | string): unknown;
  /** Whether an entry is there with a good header; `load` checks its body. With posture `strict` a refused one throws. */
  contains(digest: Digest | string): boolean;
  /** Removes the entry, whatever it holds; `false` where there was none. */
  evict(digest: Digest | string): boolean;
  /** The digests of all entries, sound or not, lazily and in no order. */
  list(): Iterable<Digest>;
  /** The digest that begins with these characters. Throws `NotFoundError` or `AmbiguousDigestError`. */
  expand(prefix: string): Digest;
  /** The shortest beginning of a digest, at least 4 characters, that no other entry shares. */
  shrink(digest: Digest | string): string;
  /** How often loads hit, and for which reasons they missed. */
  stats(): Stats;
  /** Closes the store. */
  close(): void;
}

/** As {@link ValueStorage}, on a store that is not synchronous. */
export interface AsyncValueStorage extends AsyncDisposable {
  save(value: unknown): Promise<Digest>;
  load(digest: Digest | string): Promise<unknown>;
  contains(digest: Digest | string): Promise<boolean>;
  evict(digest: Digest | string): Promise<boolean>;
  list(): AsyncIterable<Digest>;
  expand(prefix: string): Promise<Digest>;
  shrink(digest: Digest | string): Promise<string>;
  stats(): Stats;
  close(): Promise<void>;
}

/**
 * A value storage. Keys are read once, here; a key that cannot be used is a `ConfigError`.
 *
 * @example
 * ```ts
 * import { memoryStore, valueStorage } from "fleche";
 * const values = valueStorage({ store: memoryStore(), secretKey: "0123456789abcdef".repeat(4), codec: "json" });
 * const digest = values.save({ status: "secure" });
 * values.load(digest); // { status: "secure" }
 * ```
 */
export function valueStorage(options: ValueStorageOptions<SyncStore>): ValueStorage;
export function valueStorage(options: ValueStorageOptions): AsyncValueStorage;
export function valueStorage(options: ValueStorageOptions): ValueStorage | AsyncValueStorage {
  assertOptions("valueStorage", options, ["store", ...SEAL_OPTIONS]);
  const { store } = options;
  assertStore("valueStorage", store);
  const reporter = startReporter();
  const rules = rulesFor("valueStorage", options, store, reporter);
  return storageOn(valuesIn(store, { ...rules.codec.naming, rules, reporter, tally: startTally() }), () =>
    store.close(),
  );
}

/** The methods of a value storage over these flows; `close` closes what lies behind them. */
export function storageOn(values: ValueFlows, close: () => Awaitable<void>): ValueStorage | AsyncValueStorage {
  return values.sync ? syncStorage(values, close) : asyncStorage(values, close);
}

/** Throws a `TypeError` for what is no store. */
export function assertStore(where: string, store: Store): void {
  if (typeof store === "object" && store !== null && typeof store.blobs?.get === "function") return;
  throw invalidArgument(`${where}: store must be a store, such as memoryStore() or fileStore({ root })`);
}

/** The names of {@link SealOptions}. */
export const SEAL_OPTIONS: readonly (keyof SealOptions)[] = [
  "codec",
  "secretKey",
  "keys",
  "namespace",
  "posture",
  "numbers",
  "checkContent",
  "maxEntryBytes",
  "compress",
  "onOldKey",
];

/**
 * The rules that these options make for a store that `writes` entries of these kinds; reads the keys, warns of weak ones,
 * and throws a `ConfigError` where the key that signs may not vouch for what is written.
 */
export function rulesFor(
  where: string,
  options: SealOptions,
  store: Store,
  reporter: Reporter,
  writes: readonly EntryKind[] = ["value"],
): Rules {
  const form = formOf(store);
  const {
    namespace = "default",
    posture = "on",
    numbers = form === undefined ? "exact" : "python",
    checkContent = "unsealed",
    maxEntryBytes = DEFAULT_MAX_ENTRY_BYTES,
    compress = false,
  } = options;
  const wrong = (name: keyof SealOptions, expected: string): never => {
    throw invalidArgument(`${where}: ${name} must be ${expected}; found ${inspect(options[name])}`);
  };
  if (typeof namespace !== "string" || namespace === "") wrong("namespace", "a text that is not empty");
  if (!["on", "strict"].includes(posture)) wrong("posture", '"on" or "strict"');
  if (!["unsealed", "always", "never"].includes(checkContent)) wrong("checkContent", '"unsealed", "always" or "never"');
  if (!Number.isSafeInteger(maxEntryBytes) || maxEntryBytes < 1) wrong("maxEntryBytes", "a whole number of bytes");
  if (typeof compress !== "boolean") wrong("compress", "true or false");
  if (form !== undefined) {
    if (options.codec !== undefined && options.codec !== form.codec) wrong("codec", `left out: this store has its own`);
    if (numbers !== "python") wrong("numbers", '"python", as the names in this store are Python\'s');
    // Without it nothing tells which value a file of Python's is.
    if (checkContent === "never") wrong("checkContent", '"unsealed" or "always" in this store');
  }
  if (options.onOldKey !== undefined && typeof options.onOldKey !== "function") wrong("onOldKey", "a function");
  const { secretKey, keys, onOldKey } = options;
  const ring = findKeys({ secretKey, keys, location: store.location }, process.env);
  for (const keyId of ring?.weakKeyIds ?? []) {
    reporter.warn("weak-key", `key ${keyId} is one byte repeated; make one with: openssl rand -hex 32`);
  }
  const codec = form?.codec ?? codecOf(where, options.codec ?? "structured");
  if (codec.executable === true && ring === undefined) throw keysNeeded(where, codec);
  const rules = makeRules({
    ring,
    namespace,
    numbers: checkedNumbers(numbers),
    posture,
    checkContent,
    maxEntryBytes,
    compress,
    codec,
    privateStore: store.private,
    noteOldKey: oldKeyNotice(onOldKey, reporter),
    form,
  });
  for (const kind of writes) {
    const problem = forbidden(kind, rules.codec, rules);
    if (problem !== undefined) throw new ConfigError(`${where}: ${problem}; put a key first that may`);
  }
  return rules;
}

/** What is read becomes code, so there must be somebody who vouches for it: nothing else makes such a codec safe. */
function keysNeeded(where: string, { name }: Codec): ConfigError {
  const how = "set FLECHE_SECRET_KEY or FLECHE_SECRET_KEY_FILE, or give secretKey or keys";
  return new ConfigError(`${where}: codec "${name}" makes code of what it reads, so it needs signing keys; ${how}`);
}

function codecOf(where: string, codec: CodecName | Codec): Codec {
  if (typeof codec === "object" && codec !== null) {
    // What does not fit into its byte of the header would be read back by another codec, or by none.
    const { id } = codec;
    const isByte = Number.isInteger(id) && id > 0 && id < 256;
    if (isByte && typeof codec.encode === "function" && typeof codec.decode === "function") return codec;
    throw invalidArgument(`${where}: a codec has encode, decode, and an id from 1 to 255`);
  }
  if (typeof codec === "string" && Object.hasOwn(CODECS, codec)) return CODECS[codec];
  throw invalidArgument(
    `${where}: codec must be a codec or one of ${Object.keys(CODECS).join(", ")}; found ${String(codec)}`,
  );
}

function syncStorage(values: ValueFlows, close: () => Awaitable<void>): ValueStorage {
  const closeNow = (): void => {
    void close();
  };
  return {
    save: (value) => runSync(saveValue(values, value)),
    load: (digest) => runSync(loadValue(values, hexOf(digest))),
    contains: (digest) => runSync(containsValue(values, hexOf(digest))),
    evict: (digest) => runSync(values.evictValue(hexOf(digest))),
    list: () => ({
      *[Symbol.iterator]() {
        for (const name of values.listValues() as Iterable<string>) yield new Digest(name);
      },
    }),
    expand: (prefix) => runSync(expandPrefix(values, prefix)),
    shrink: (digest) => runSync(shrinkName(values, hexOf(digest))),
    stats: values.tally.stats,
    close: closeNow,
    [Symbol.dispose]: closeNow,
  };
}

function asyncStorage(values: ValueFlows, close: () => Awaitable<void>): AsyncValueStorage {
  // What a caller gave wrong is told as a rejection, like everything else that these methods tell.
  const run = async <T>(digest: Digest | string, flow: (entry: string) => Flow<T>): Promise<T> => {
    return runAsync(flow(hexOf(digest)));
  };
  const closeLater = async (): Promise<void> => close();
  return {
    save: (value) => runAsync(saveValue(values, value)),
    load: (digest) => run(digest, (entry) => loadValue(values, entry)),
    contains: (digest) => run(digest, (entry) => containsValue(values, entry)),
    evict: (digest) => run(digest, (entry) => values.evictValue(entry)),
    list: () => ({
      async *[Symbol.asyncIterator]() {
        for await (const name of values.listValues()) yield new Digest(name);
      },
    }),
    expand: (prefix) => runAsync(expandPrefix(values, prefix)),
    shrink: (digest) => run(digest, (entry) => shrinkName(values, entry)),
    stats: values.tally.stats,
    close: closeLater,
    [Symbol.asyncDispose]: closeLater,
  };
}
