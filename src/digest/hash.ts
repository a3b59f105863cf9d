/**
 * H(type name, parts): SHA-256 over the type's name and its parts. The one place where digests are computed; what the
 * parts of a value are is decided in `digest.ts`. A child enters its parent as its 64 hex characters.
 */
import { createHash, hash } from "node:crypto";
import type { TypeName } from "./type-names.ts";

/** Up to this size a prefix and what follows are joined and hashed in one call, which is two to three times faster. */
const JOIN_UP_TO = 4096;
const joined = Buffer.alloc(JOIN_UP_TO + 32);

/** Above this many children they are hashed as they come; below, one call over the joined text is three times faster. */
const STREAM_ABOVE = 256;

/** How much joined text is handed to a streaming hash at once, in children (64 characters each). */
const BATCH = 128;

/** H of text: its UTF-8 bytes, a lone surrogate as its three bytes (WTF-8), so that no two strings share a digest. */
export function hashText(type: TypeName, text: string): string {
  if (!text.isWellFormed()) return hashBytes(type, wtf8(text));
  // Joining is for short texts: the longest ones that JavaScript has leave no room for a prefix.
  if (text.length > JOIN_UP_TO) return createHash("sha256").update(type).update(text).digest("hex");
  return hash("sha256", type + text, "hex");
}

/** H of raw bytes; a large buffer is hashed where it lies. */
export function hashBytes(type: TypeName, bytes: Uint8Array): string {
  if (bytes.length > JOIN_UP_TO) return createHash("sha256").update(type).update(bytes).digest("hex");
  const length = joined.write(type, "latin1");
  joined.set(bytes, length);
  return hash("sha256", joined.subarray(0, length + bytes.length), "hex");
}

const double = Buffer.from("float12345678");
const doubleView = new DataView(double.buffer, double.byteOffset);

/** H("float") of eight bytes, little-endian. Its bytes lie ready: half the time of {@link hashBytes}. NaN is the caller's. */
export function hashDouble(value: number): string {
  doubleView.setFloat64(5, value, true);
  return hash("sha256", double, "hex");
}

const integers = Array.from({ length: 9 }, (_, size) => Buffer.from("int12345678").subarray(0, 3 + size));

/** H("int") of a safe integer in so many bytes, two's complement, little-endian; as {@link hashDouble}. */
export function hashInteger(value: number, size: number): string {
  const bytes = integers[size] as Buffer;
  let rest = value;
  for (let i = 3; i < 3 + size; i++) {
    // Flooring keeps two's complement for negative numbers; the conversion to 32 bits keeps the low byte.
    bytes[i] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return hash("sha256", bytes, "hex");
}

/** H of child digests. */
export function hashChildren(type: TypeName, children: readonly string[]): string {
  if (children.length <= STREAM_ABOVE) {
    let text: string = type;
    for (const child of children) text += child;
    return hash("sha256", text, "hex");
  }
  const hasher = childHasher(type, children.length);
  for (const child of children) hasher.add(child);
  return hasher.end();
}

/** H("dict") of (key digest, value digest) pairs in any order; equal keys are the caller's to refuse. */
export function hashDict(entries: (readonly [key: string, value: string])[]): string {
  return hashChildren("dict", entries.map(([key, value]) => key + value).sort());
}

/** Up to so many entries they are sorted by insertion, where they lie: most objects are small. */
const INSERT_UP_TO = 16;

/** Up to so many they are brought in order by how their keys begin first: half the time of sorting the texts. */
const ORDER_UP_TO = 1024;

/** As {@link hashDict}, of keys that all differ and their values, in two lists that are changed. */
export function hashEntries(keys: string[], values: string[]): string {
  const { length } = keys;
  if (length > ORDER_UP_TO) return hashChildren("dict", keys.map((key, i) => key + values[i]).sort());
  if (length > INSERT_UP_TO) orderByStart(keys, values);
  for (let i = 1; i < length; i++) {
    const key = keys[i] as string;
    const value = values[i] as string;
    let at = i - 1;
    for (; at >= 0 && (keys[at] as string) > key; at--) {
      keys[at + 1] = keys[at] as string;
      values[at + 1] = values[at] as string;
    }
    keys[at + 1] = key;
    values[at + 1] = value;
  }
  let text = "dict";
  for (let i = 0; i < length; i++) {
    text += keys[i];
    text += values[i];
  }
  return hash("sha256", text, "hex");
}

const order = new Float64Array(ORDER_UP_TO);

/** Sorts by the first four characters of the keys. What they leave undecided, few neighbours, is for who goes on. */
function orderByStart(keys: string[], values: string[]): void {
  const { length } = keys;
  for (let i = 0; i < length; i++) {
    const key = keys[i] as string;
    const start = (key.charCodeAt(0) << 21) | (key.charCodeAt(1) << 14) | (key.charCodeAt(2) << 7) | key.charCodeAt(3);
    // One number for each: what it is sorted by, and in its lowest ten bits where it stood.
    order[i] = start * ORDER_UP_TO + i;
  }
  const sorted = order.subarray(0, length).sort();
  const keysBefore = keys.slice();
  const valuesBefore = values.slice();
  for (let i = 0; i < length; i++) {
    const place = (sorted[i] as number) % ORDER_UP_TO;
    keys[i] = keysBefore[place] as string;
    values[i] = valuesBefore[place] as string;
  }
}

/** H("ndarray"): dtype, shape, and the elements' bytes (little-endian) as they lie in memory. */
export function hashArray(dtype: string, shape: readonly string[], bytes: Uint8Array): string {
  return createHash("sha256")
    .update(`ndarray${hashText("str", dtype)}${hashChildren("tuple", shape)}`)
    .update(bytes)
    .digest("hex");
}

/** Takes child digests one by one, so that a million children are never held at once. */
export interface ChildHasher {
  add(child: string): void;
  end(): string;
}

/** A hasher for about `count` children (only its speed depends on the number). */
export function childHasher(type: TypeName, count: number): ChildHasher {
  let text: string = type;
  if (count <= STREAM_ABOVE) {
    return {
      add(child) {
        text += child;
      },
      end: () => hash("sha256", text, "hex"),
    };
  }
  const stream = createHash("sha256");
  let waiting = 0;
  return {
    add(child) {
      text += child;
      if (++waiting === BATCH) {
        stream.update(text, "latin1");
        text = "";
        waiting = 0;
      }
    },
    end: () => stream.update(text, "latin1").digest("hex"),
  };
}

/** The bytes that name a text: UTF-8, or WTF-8 where it has lone surrogates. Python's pickles hold them too. */
export function utf8(text: string): Uint8Array {
  return text.isWellFormed() ? Buffer.from(text) : wtf8(text);
}

/** UTF-8 that also has bytes for a lone surrogate: the three that its code point would have. */
function wtf8(text: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) {
      i++;
    } else if (point >= 0xd800 && point <= 0xdfff) {
      pieces.push(Buffer.from(text.slice(start, i)), surrogate(point));
      start = i + 1;
    }
  }
  pieces.push(Buffer.from(text.slice(start)));
  return Buffer.concat(pieces);
}

function surrogate(point: number): Uint8Array {
  return Uint8Array.of(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
}
