/**
 * Every key that a table may have, in one list: what it takes, which kinds of cache it is for, and what holds without it.
 * Adding a key is adding a row here and a line in `open.ts`. No key is for a signing key, on purpose.
 */
import { DEFAULT_LOCK_WAIT_MS } from "../cache.ts";
import type { SettingValue } from "./setting.ts";
import { bytes, count, duration, oneOf, path, type Reader, text, texts, truth } from "./values.ts";

/** The kinds of caches that a table can describe. */
export const KINDS = ["auto", "file", "sqlite", "memory", "void", "stack", "pool"] as const;

/** A kind of cache. */
export type Kind = (typeof KINDS)[number];

/** Of a key. */
export interface KeyRule {
  readonly read: Reader;
  /** The kinds that it means something to. */
  readonly kinds: readonly Kind[];
  /** What holds where the key is left out; `undefined` where nothing does. */
  readonly fallback?: SettingValue;
}

const ON_DISK: readonly Kind[] = ["auto", "file", "sqlite"];
const STORES: readonly Kind[] = [...ON_DISK, "memory", "void"];
const LIMITED: readonly Kind[] = [...ON_DISK, "memory"];
const LAYERED: readonly Kind[] = ["stack", "pool"];

/** The keys, in the order in which they are shown. */
export const KEYS: Readonly<Record<string, KeyRule>> = {
  kind: { read: oneOf(KINDS), kinds: KINDS, fallback: "auto" },
  path: { read: path, kinds: ON_DISK },
  layers: { read: texts, kinds: LAYERED },
  namespace: { read: text, kinds: STORES, fallback: "default" },
  posture: { read: oneOf(["on", "strict"]), kinds: STORES, fallback: "on" },
  numbers: { read: oneOf(["exact", "python"]), kinds: STORES, fallback: "exact" },
  "check-content": { read: oneOf(["unsealed", "always", "never"]), kinds: STORES, fallback: "unsealed" },
  codec: { read: oneOf(["structured", "json", "bytes"]), kinds: STORES, fallback: "structured" },
  compress: { read: truth, kinds: STORES, fallback: false },
  durability: { read: oneOf(["process", "power"]), kinds: ON_DISK, fallback: "process" },
  "lock-wait": { read: duration, kinds: ON_DISK, fallback: DEFAULT_LOCK_WAIT_MS },
  "max-entry-bytes": { read: bytes, kinds: STORES, fallback: 1024 ** 3 },
  "read-only": { read: truth, kinds: KINDS, fallback: false },
  "max-count": { read: count, kinds: LIMITED },
  "max-bytes": { read: bytes, kinds: LIMITED },
  "max-age": { read: duration, kinds: LIMITED },
};

/** Keys about the file and the table itself; not handed on by templates. */
export const TABLE_KEYS = ["template", "root"] as const;

/** Whether a key looks as if a signing key stood behind it. */
export function isSecretName(key: string): boolean {
  const bare = key.toLowerCase().replace(/[^a-z]/g, "");
  return /^(fleche)?(secret|signing|private|hmac)?(keys?|secrets?)(ring|file|list)?$/.test(bare);
}
