/**
 * Splits a value as the Python library does: containers that are too deep to lie in their parent's file get a file of their
 * own, and so does everything that is neither container nor number, text or bytes. Inner ones first; one visit for each
 * object, however often it occurs.
 */
import { digestHex } from "../../digest/digest.ts";
import { kindOf } from "../../digest/kind.ts";
import { type Dict, dict, Tuple } from "../../digest/shapes.ts";
import { EncodeError } from "../../errors.ts";
import type { Splitter } from "../codec.ts";
import { PyDecimal } from "../pickle/value/decimal.ts";
import { PyFraction } from "../pickle/value/fraction.ts";
import { PyComplex, PyFloat } from "../pickle/value/numbers.ts";
import { type Container, markerOf, wrapperOf } from "./markers.ts";

/** What became of a part: itself, or the digest under which it was stored. */
type Interned = { readonly depth: number } & ({ readonly stored: string } | { readonly inline: unknown });

/** What is left of a value, and how deep it is; `inline` has markers where parts were stored. */
interface Sundered {
  readonly inline: unknown;
  readonly depth: number;
}

/** Makes bytes of what is left of a value; `wraps` where that is a wrapper made here, and not the value itself. */
export type Write = (rest: unknown, wraps: boolean) => Uint8Array;

/** The bytes of a value, once its parts of `remainingDepth` levels and more were handed to the splitter. */
export function split(value: unknown, remainingDepth: number, splitter: Splitter, write: Write): Uint8Array {
  const seen = new Map<object, Interned>();
  const given = new Map<string, { readonly part: unknown; readonly bytes: Uint8Array }>();

  const store = (part: unknown, inline: unknown): string => {
    const digest = splitter.digestOf(part);
    const bytes = write(inline, inline !== part);
    const before = given.get(digest);
    // Python's digests of numbers collide; one of the two would come back as the other.
    if (before !== undefined && !isSame(before, { part, bytes })) {
      throw new EncodeError("", `two parts that differ have one name, ${digest}, in Python's scheme of digests`);
    }
    if (before === undefined) {
      given.set(digest, { part, bytes });
      splitter.part(digest, bytes);
    }
    return digest;
  };
  const intern = (part: unknown): Interned => {
    const object = typeof part === "object" && part !== null ? part : undefined;
    const known = object === undefined ? undefined : seen.get(object);
    if (known !== undefined) return known;
    const { inline, depth } = sunder(part, intern);
    const interned = depth < remainingDepth ? { inline, depth } : { stored: store(part, inline), depth };
    if (object !== undefined) seen.set(object, interned);
    return interned;
  };
  const { inline } = sunder(value, intern);
  return write(inline, inline !== value);
}

function isSame(a: { part: unknown; bytes: Uint8Array }, b: { part: unknown; bytes: Uint8Array }): boolean {
  // Bytes may differ by the order of keys alone, which no digest sees.
  return Buffer.compare(a.bytes, b.bytes) === 0 || digestHex(a.part) === digestHex(b.part);
}

type Intern = (part: unknown) => Interned;

function sunder(value: unknown, intern: Intern): Sundered {
  if (isAtom(value)) return { inline: value, depth: 0 };
  if (typeof value !== "object" || value === null) return { inline: value, depth: Number.POSITIVE_INFINITY };
  const { kind } = kindOf(value);
  if (kind === "bytes") return { inline: value, depth: 0 };
  if (kind === "list") return sunderItems(value, Array.from(value as readonly unknown[]), intern, (items) => items);
  if (kind === "tuple") return sunderItems(value, [...(value as Tuple).items], intern, (items) => new Tuple(items));
  if (kind === "pairs") return sunderEntries(value, (value as Dict).entries, intern);
  // A symbol as a key is for the writer to refuse.
  if (kind === "dict" && Object.getOwnPropertySymbols(value).length === 0) {
    return sunderEntries(value, Object.entries(value), intern);
  }
  return { inline: value, depth: Number.POSITIVE_INFINITY };
}

/** What Python calls a number, and text. */
function isAtom(value: unknown): boolean {
  if (typeof value === "object") {
    return (
      value instanceof PyFloat ||
      value instanceof PyComplex ||
      value instanceof PyDecimal ||
      value instanceof PyFraction
    );
  }
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function sunderItems(
  value: object,
  items: readonly unknown[],
  intern: Intern,
  make: (items: unknown[]) => Container,
): Sundered {
  return sunderParts(value, items, intern, make);
}

function sunderEntries(value: object, entries: readonly (readonly [unknown, unknown])[], intern: Intern): Sundered {
  // All keys before all values, as Python goes through them.
  const flat = [...entries.map(([key]) => key), ...entries.map(([, entry]) => entry)];
  return sunderParts(value, flat, intern, (parts) => {
    const pairs = entries.map((_, i) => [parts[i], parts[entries.length + i]] as const);
    return dict(pairs);
  });
}

function sunderParts(
  value: object,
  parts: readonly unknown[],
  intern: Intern,
  make: (parts: unknown[]) => Container,
): Sundered {
  // Empty ones are taken for atoms.
  if (parts.length === 0) return { inline: value, depth: 0 };
  let deepest = 0;
  let anyStored = false;
  const inner = parts.map((part) => {
    const interned = intern(part);
    deepest = Math.max(deepest, interned.depth);
    if (!("stored" in interned)) return interned.inline;
    anyStored = true;
    // A new marker for each use, as Python makes them: what is one object is written once.
    return markerOf(interned.stored);
  });
  return { inline: anyStored ? wrapperOf(make(inner)) : value, depth: deepest + 1 };
}
