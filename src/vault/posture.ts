/**
 * What every storage of one cache agrees on: the keys, the namespace, the scheme of digests, the limits, and which codecs
 * may be decoded under which circumstances. Made once, when a storage is made; nothing of it changes afterwards.
 */
import type { Codec } from "../codec/codec.ts";
import { CODECS } from "../codec/codecs.ts";
import type { Numbers } from "../digest/number.ts";
import { SCHEME } from "../seal/header.ts";
import { type KeyRing, namespaceIdOf, type Signer } from "../seal/key-ring.ts";
import type { KeptEntries } from "./kept-entries.ts";

/** What a storage does about entries that it refuses: miss and warn, or throw. */
export type Posture = "on" | "strict";

/** When the digest of a decoded value is computed again: where no signature pins its name, always, or never. */
export type CheckContent = "unsealed" | "always" | "never";

/** The largest entry that is read or written, in bytes, unless an option says otherwise. */
export const DEFAULT_MAX_ENTRY_BYTES: number = 1024 ** 3;

/** The rules of one storage. */
export interface Rules {
  readonly signer: Signer | undefined;
  readonly namespaceId: Uint8Array;
  readonly numbers: Numbers;
  readonly scheme: number;
  readonly posture: Posture;
  readonly checkContent: CheckContent;
  readonly maxEntryBytes: number;
  readonly compress: boolean;
  /** Who writes. */
  readonly codec: Codec;
  /** Who reads an entry of this codec; `undefined` where it may not be decoded. */
  decoder(codec: number): Codec | undefined;
  /** Where verified entries are kept, if they are; whoever writes or removes an entry drops it there. */
  readonly kept?: KeptEntries | undefined;
  /** Whether a kept entry is served without looking into the store. */
  readonly servesKept?: boolean;
}

/** What {@link makeRules} is made from. */
export interface RuleChoice {
  readonly ring: KeyRing | undefined;
  readonly namespace: string;
  readonly numbers: Numbers;
  readonly posture: Posture;
  readonly checkContent: CheckContent;
  readonly maxEntryBytes: number;
  readonly compress: boolean;
  readonly codec: Codec;
  /** Whether nobody but us can write to the store. */
  readonly privateStore: boolean;
}

/** The rules that follow from a choice. */
export function makeRules(choice: RuleChoice): Rules {
  const { ring, namespace, codec, privateStore, ...rest } = choice;
  const namespaceId = namespaceIdOf(namespace);
  const signer = ring?.inNamespace(namespaceId);
  const readable = new Map([...Object.values(CODECS), codec].map((known) => [known.id, known]));
  // V8's reader is no parser for hostile bytes: without a signature it is used only where nobody else can write.
  if (signer === undefined && !privateStore) readable.delete(CODECS.structured.id);
  return {
    ...rest,
    codec,
    signer,
    namespaceId,
    scheme: rest.numbers === "python" ? SCHEME.python : SCHEME.exact,
    decoder: (id) => readable.get(id),
  };
}
