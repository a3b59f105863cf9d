/**
 * The preamble of a pickle that this library wrote: which entry the bytes are for. It stands right behind the opcode
 * PROTO, as a text that is pushed and popped again, so Python skips it; it lies under the signature, so nobody moves it.
 */
import { readPreamble } from "../../codec/pickle/preamble.ts";
import type { Reason } from "../../observe/reason.ts";
import { KIND } from "../../seal/header.ts";

/** The entry that a preamble names. */
export interface Purpose {
  /** A kind of entry, as in an envelope's header. */
  readonly kind: number;
  /** Full digest or lookup key. */
  readonly entry: string;
  readonly namespaceId: Uint8Array;
}

/** PROTO and the number of the protocol. */
const PROTO_SIZE = 2;
const SHORT_BINUNICODE = 0x8c;
const POP = 0x30;
/** SHORT_BINUNICODE, the length, the text, POP. */
const AROUND = 3;

const BEGINNING = "fleche";
const FORM = 1;
const KINDS: ReadonlyMap<number, string> = new Map([
  [KIND.value, "value"],
  [KIND.record, "call"],
]);

/** The pickle with a preamble for this purpose. */
export function withPreamble(pickle: Uint8Array, purpose: Purpose): Uint8Array {
  const text = Buffer.from(textOf(purpose), "latin1");
  const added = AROUND + text.length;
  const bytes = Buffer.allocUnsafeSlow(pickle.length + added);
  bytes.set(pickle.subarray(0, PROTO_SIZE));
  bytes.set([SHORT_BINUNICODE, text.length], PROTO_SIZE);
  bytes.set(text, PROTO_SIZE + 2);
  bytes[PROTO_SIZE + added - 1] = POP;
  bytes.set(pickle.subarray(PROTO_SIZE), PROTO_SIZE + added);
  return bytes;
}

function textOf({ kind, entry, namespaceId }: Purpose): string {
  const namespace = Buffer.from(namespaceId).toString("hex");
  return `${BEGINNING}${FORM};kind=${KINDS.get(kind)};name=${entry};ns=${namespace}`;
}

/** The preamble of a pickle; `undefined` where it has none, as those that Python writes. */
export function preambleOf(pickle: Uint8Array): string | undefined {
  const text = readPreamble(pickle);
  return text?.startsWith(BEGINNING) === true ? text : undefined;
}

const START = /^fleche(\d+);/;
const FIELDS = /^kind=(value|call);name=([0-9a-f]{64});ns=[0-9a-f]{32}$/;

/** Which check a preamble fails for a reader with this purpose; `undefined` where it is the very one. */
export function problemOf(preamble: string, purpose: Purpose): Reason | undefined {
  if (preamble === textOf(purpose)) return undefined;
  const [start = "", form] = START.exec(preamble) ?? [];
  if (form === undefined) return "bad-header";
  if (form !== String(FORM)) return "unsupported-version";
  const [, kind, name] = FIELDS.exec(preamble.slice(start.length)) ?? [];
  if (kind === undefined) return "bad-header";
  if (kind !== KINDS.get(purpose.kind)) return "wrong-kind";
  return name === purpose.entry ? "wrong-namespace" : "wrong-entry";
}
