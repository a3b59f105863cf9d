/**
 * A value named by its digest. Where a value is expected, a `Digest` stands for the value that it names: it enters a
 * digest as itself, and as a function's argument it is replaced by the stored value.
 */
import { invalidArgument } from "../errors.ts";

const HEX = /^[0-9a-f]{64}$/;

/**
 * 64 lowercase hex characters that stand for the value they name; made by {@link D} and by `save`.
 *
 * It is a `String` object, so `slice`, templates and JSON work as with text; compare by `equals` or as `String(d)`,
 * since `===` compares objects.
 */
export class Digest extends String {
  // Brands instances of this very class: nothing else can carry a private name.
  readonly #hex: string;

  /** Throws a `TypeError` for any other text: inside a value it would pass for the digests of several parts. */
  constructor(hex: string) {
    assertHex(hex);
    super(hex);
    this.#hex = hex;
    // Frozen, because a digest that could be given other fields would be one that `digest` must look into.
    Object.freeze(this);
  }

  /** Whether `other`, a digest or its text, names the same value. */
  equals(other: Digest | string): boolean {
    return this.#hex === String(other);
  }

  /** The text, for `JSON.stringify`. */
  toJSON(): string {
    return this.#hex;
  }

  /** The text of a digest that {@link D} or `save` made; `undefined` for anything else. */
  static hexOf(value: unknown): string | undefined {
    return typeof value === "object" && value !== null && #hex in value ? value.#hex : undefined;
  }
}

/** Whether this stands for the value that it names. */
export function isDigest(value: unknown): value is Digest {
  return Digest.hexOf(value) !== undefined;
}

/**
 * A digest from its text, full length. Throws a `TypeError` for anything but 64 lowercase hex characters; prefixes are
 * looked up with `expand`.
 *
 * @example
 * ```ts
 * import { D, digest } from "fleche";
 * digest([1, D(digest("part"))]) === digest([1, "part"]); // true: a part may be replaced by its digest
 * ```
 */
export function D(text: string | Digest): Digest {
  return new Digest(hexOf(text));
}

/** The text of a digest given as text or as {@link Digest}; a `TypeError` for anything else. */
export function hexOf(digest: string | Digest): string {
  const hex = typeof digest === "string" ? digest : Digest.hexOf(digest);
  return assertHex(hex ?? digest);
}

function assertHex(hex: unknown): string {
  if (typeof hex === "string" && HEX.test(hex)) return hex;
  const found =
    typeof hex !== "string" ? typeof hex : hex.length > 80 ? `${hex.length} characters` : JSON.stringify(hex);
  throw invalidArgument(`a digest is 64 lowercase hex characters; found ${found}. For a prefix, use expand(prefix).`);
}
