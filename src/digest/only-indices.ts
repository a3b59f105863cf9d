/**
 * Whether an array or typed array has nothing but its elements, also where it has millions of them.
 */
import { inspect } from "node:util";
import type { Refuse } from "./own-fields.ts";
import { bufferOf } from "./view.ts";

/** Below this length the keys themselves are counted; above, making a text of each index would cost more than hashing. */
const COUNT_BELOW = 256;

/** Up to this length it is worth while to say which property is too much. */
const NAMED_BELOW = 1 << 20;

const EXTRA = "an extra property on an array";

/**
 * Refuses own properties of an array or typed array other than its indices (and an array's `length`). `length` is its
 * own, `present` how many elements it has (its length less the holes).
 */
export function assertOnlyIndices(value: object, length: number, present: number, refuse: Refuse): void {
  if (length >= COUNT_BELOW && present === length) {
    for (const key of Object.getOwnPropertySymbols(value)) refuse(EXTRA, key);
    if (isInspectable(value)) {
      if (!onlyIndicesShown(value, length)) refuse(EXTRA, length < NAMED_BELOW ? extraKey(value, present) : undefined);
      return;
    }
  }
  const extra = extraKey(value, present);
  if (extra !== undefined) refuse(EXTRA, extra);
}

/** The last key that is too much, if there is one. */
function extraKey(value: object, present: number): string | symbol | undefined {
  const keys = Reflect.ownKeys(value);
  // Indices come first, in order, so what is beyond them is extra.
  return keys.length > present + (Array.isArray(value) ? 1 : 0) ? keys.at(-1) : undefined;
}

/**
 * Whether Node's inspector of values can be asked: whether it words one of the same class as we expect, and reads nothing
 * that the value or its buffer holds in the place of what the class has. Nothing of the value is run by this.
 */
function isInspectable(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    return prototype === Array.prototype && !Object.hasOwn(value, "constructor") && onlyIndicesShown([0], 1);
  }
  const sample = SAMPLES.find((one) => Object.getPrototypeOf(one) === prototype);
  if (sample === undefined || READ_BY_INSPECTOR.some((key) => Object.hasOwn(value, key))) return false;
  const buffer = bufferOf(value as ArrayBufferView);
  return (
    Object.getPrototypeOf(buffer) === ArrayBuffer.prototype &&
    Reflect.ownKeys(buffer).length === 0 &&
    onlyIndicesShown(sample, 1)
  );
}

/**
 * What the inspector shows: the one public way to the non-index keys that does not list a million indices (0.1 ms instead of
 * 440). Its text is compared whole. Of an extra property it looks at what lies there, and may run code of that; this can
 * change nothing any more, as the property is in the text then, and the value refused.
 */
function onlyIndicesShown(value: object, length: number): boolean {
  let shown: string;
  try {
    shown = inspect(value, INSPECT);
  } catch {
    return false;
  }
  const elements = `[ ... ${length} more item${length > 1 ? "s" : ""}, `;
  if (Array.isArray(value)) return shown === `${elements}[length]: ${length} ]`;
  const start = shown.indexOf(`${elements}[BYTES_PER_ELEMENT]: `);
  return start !== -1 && VIEW_END.test(shown.slice(start));
}

/** One of each class of typed arrays that this version of Node has, and a Buffer. */
const SAMPLES: readonly ArrayBufferView[] = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
]
  .map((name): unknown => Reflect.get(globalThis, name))
  .flatMap((Class) => (typeof Class === "function" ? [new (Class as Uint8ArrayConstructor)(1)] : []))
  .concat(Buffer.alloc(1));

/** What it reads, and what it shows of every Buffer. */
const READ_BY_INSPECTOR = [
  "constructor",
  "length",
  "BYTES_PER_ELEMENT",
  "byteLength",
  "byteOffset",
  "buffer",
  "parent",
  "offset",
];
const INSPECT = { maxArrayLength: 0, showHidden: true, customInspect: false, depth: 0, breakLength: Infinity } as const;
const VIEW_END =
  /^\[ \.\.\. \d+ more items?, \[BYTES_PER_ELEMENT\]: \d, \[length\]: \d+, \[byteLength\]: \d+, \[byteOffset\]: \d+, \[buffer\]: ArrayBuffer \{ (?:byteLength|\[byteLength\]): \d+ \}(?:, parent: \[Getter\], offset: \[Getter\])? \]$/;
