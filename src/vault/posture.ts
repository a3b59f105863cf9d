/**
 * What every storage of one cache agrees on: the keys, the namespace, the scheme of digests, the limits, and which codecs
 * may be decoded under which circumstances. Made once, when a storage is made; nothing of it changes afterwards.
 */
import type { Codec } from "../codec/codec.ts";
import { CODECS } from "../codec/codecs.ts";
import type { Numbers } from "../digest/number.ts";
import { SCHEME } from "../seal/header.ts";
import { type KeyRing, namespaceIdOf } from "../seal/key-ring.ts";
import type { EntryFormat, ForeignForm, SealRules } from "./entry-format.ts";
import { envelopeFormat } from "./envelope-format.ts";

/** What a storage does about entries that it refuses: miss and warn, or throw. */
export type Posture = "on" | "strict";

/** When the digest of a decoded value is computed again: where no signature pins its name, always, or never. */
export type CheckContent = "unsealed" | "always" | "never";

/** The largest entry that is read or written, in bytes, unless an option says otherwise. */
export const DEFAULT_MAX_ENTRY_BYTES: number = 1024 ** 3;

/** The rules of one storage. */
export interface Rules extends SealRules {
  readonly numbers: Numbers;
  readonly posture: Posture;
  readonly checkContent: CheckContent;
  /** Who writes. */
  readonly codec: Codec;
  /** How entries are written and read. */
  readonly format: EntryFormat;
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
  /** What the store's entries are, where they are no envelopes. */
  readonly form?: ForeignForm | undefined;
}

/** The rules that follow from a choice. */
export function makeRules(choice: RuleChoice): Rules {
  const { ring, namespace, codec, privateStore, form, ...rest } = choice;
  const namespaceId = namespaceIdOf(namespace);
  const signer = ring?.inNamespace(namespaceId);
  const readable = new Map(
    (form === undefined ? [...Object.values(CODECS), codec] : [codec]).map((known) => [known.id, known]),
  );
  // V8's reader is no parser for hostile bytes: without a signature it is used only where nobody else can write.
  if (signer === undefined && !privateStore) readable.delete(CODECS.structured.id);
  const rules = {
    ...rest,
    codec,
    signer,
    namespaceId,
    scheme: rest.numbers === "python" ? SCHEME.python : SCHEME.exact,
    decoder: (id: number) => readable.get(id),
  };
  return { ...rules, format: form === undefined ? envelopeFormat(rules) : form.open(rules, ring) };
}
