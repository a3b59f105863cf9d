/**
 * What every storage of one cache agrees on: the keys, the namespace, the scheme of digests, the limits, and which codecs
 * may be decoded under which circumstances. Made once, when a storage is made; nothing of it changes afterwards.
 */
import { inspect } from "node:util";
import type { Codec } from "../codec/codec.ts";
import { CODECS } from "../codec/codecs.ts";
import type { Numbers } from "../digest/number.ts";
import { KIND, SCHEME } from "../seal/header.ts";
import type { EntryKind, Policy } from "../seal/key-policy.ts";
import { type KeyRing, namespaceIdOf, shownKeyId } from "../seal/key-ring.ts";
import type { EntryFormat, ForeignForm, SealRules, VouchedHeader } from "./entry-format.ts";
import { envelopeFormat } from "./envelope-format.ts";
import type { KeptEntries } from "./kept-entries.ts";

/** What a storage does about entries that it refuses: miss and warn, or throw. */
export type Posture = "on" | "strict";

/** When the digest of a decoded value is computed again: where no signature pins its name, always, or never. */
export type CheckContent = "unsealed" | "always" | "never";

/** The largest entry that is read or written, in bytes, unless an option says otherwise. */
export const DEFAULT_MAX_ENTRY_BYTES: number = 1024 ** 3;

/** The rules of one storage. */
export interface Rules extends SealRules {
  /** Ids of the keys, as they are shown; the first one signs. */
  readonly keyIds: readonly string[];
  readonly numbers: Numbers;
  readonly posture: Posture;
  readonly checkContent: CheckContent;
  /** Who writes. */
  readonly codec: Codec;
  /** The same rules under other keys, for upkeep: nobody is told of old ones. */
  under(ring: KeyRing): Rules;
  /** How entries are written and read. */
  readonly format: EntryFormat;
  /** As `format`, looking into the store in any case. */
  readonly stored: EntryFormat;
  /** Where verified entries are kept, if they are; whoever writes or removes an entry drops it there. */
  readonly kept?: KeptEntries | undefined;
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
  readonly noteOldKey?: SealRules["noteOldKey"];
  /** What the store's entries are, where they are no envelopes. */
  readonly form?: ForeignForm | undefined;
}

/** The rules that follow from a choice. */
export function makeRules(choice: RuleChoice): Rules {
  const { ring, namespace, codec, privateStore, noteOldKey, form, ...rest } = choice;
  const namespaceId = namespaceIdOf(namespace);
  const signer = ring?.inNamespace(namespaceId);
  const readable = new Map(
    (form === undefined ? [...Object.values(CODECS), codec] : [codec]).map((known) => [known.id, known]),
  );
  // V8's reader is no parser for hostile bytes: without a signature it is used only where nobody else can write.
  if (signer === undefined && !privateStore) readable.delete(CODECS.structured.id);
  // What runs code is never run on the word of a checksum. Anything but an absent or false mark counts as one.
  if (signer === undefined && codec.executable) readable.delete(codec.id);
  const rules = {
    ...rest,
    codec,
    signer,
    keyIds: ring?.keyIds ?? [],
    namespaceId,
    scheme: rest.numbers === "python" ? SCHEME.python : SCHEME.exact,
    decoder: (id: number) => readable.get(id),
    mayDecode({ kind, codec: id, keyId }: VouchedHeader): boolean {
      const known = readable.get(id);
      if (known === undefined) return false;
      return signer === undefined || kind === KIND.record || mayVouchFor(known, signer.policyOf(keyId));
    },
    under: (other: KeyRing): Rules => makeRules({ ...rest, namespace, codec, privateStore, form, ring: other }),
    noteOldKey,
  };
  const format = form === undefined ? envelopeFormat(rules) : form.open(rules, ring);
  return { ...rules, format, stored: format };
}

/**
 * Why the key that signs may not vouch for an entry of this kind, and of this codec where it is a value; `undefined` where
 * it may. Readers refuse the same: writing it would only make entries that nobody serves.
 */
export function forbidden(kind: EntryKind, codec: Codec, { signer }: Pick<Rules, "signer">): string | undefined {
  const policy = signer?.policyOf(signer.keyId);
  if (signer === undefined || policy === undefined) return undefined;
  const key = `key ${shownKeyId(signer.keyId)} signs, and its policy`;
  if (!policy.kinds.has(KIND[kind])) return `${key} has no ${kind}s`;
  if (!policy.here) return `${key} does not have this namespace`;
  if (kind === "value" && !mayVouchFor(codec, policy)) return `${key} does not have the codec ${inspect(codec.name)}`;
  return undefined;
}

/**
 * Whether a key with this policy may vouch for values of a codec. Keys given as text have no policy, and text has no room
 * for one: where they stand beside the name of a codec that runs code, in the options of one storage, these options are
 * the grant. A ring with policies says itself which of its keys may.
 */
function mayVouchFor(codec: Codec, policy: Policy | undefined): boolean {
  if (policy === undefined) return true;
  return policy.codecs?.has(codec.name) ?? !codec.executable;
}
