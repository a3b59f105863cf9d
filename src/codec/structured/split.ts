/**
 * Big parts of a value are stored once, under their own digest, in whatever values they occur. Here it is decided, from
 * the inside out while the tree is made, which objects and texts become parts, and which parts a body names.
 */
import { kindOf } from "../../digest/kind.ts";
import { bytesOf } from "../../digest/view.ts";
import type { Splitter } from "../codec.ts";
import { record, type TaggedRecord } from "./record.ts";

/** What encodes to more than this, with its own parts taken out, becomes a part. */
const LARGEST = 64 * 1024;

/** What a number, a reference, or the frame of an object or array takes at most, in bytes. */
const SMALL = 9;

/** How large a marker is. */
const MARKER = 64;

/** What was counted when an object was entered. */
interface Count {
  /** How large the body is so far. */
  size: number;
  /** Which parts it names. */
  names: Set<string>;
}

/** Follows the making of one tree. */
export interface Parts {
  /** The parts of an object follow; what is returned is for `leave`. */
  enter(object: object): Count | undefined;
  /** An object's tree is made: itself, or a marker where it is taken out. */
  leave(object: object, tree: unknown, outer: Count | undefined): unknown;
  /** Counts a scalar, and takes it out if it is a large text. */
  scalar(value: unknown): unknown;
  /** An object was met, perhaps again: what it names belongs to this body too. */
  met(object: object): void;
  /** The digests that the whole tree names. */
  named(): string[];
}

/** Nothing is taken out. */
export const WHOLE: Parts = {
  enter: () => undefined,
  leave: (_, tree) => tree,
  scalar: (value) => value,
  met() {},
  named: () => [],
};

/** Takes large parts out; `serialize` makes the body of a tree that names these parts. */
export function splitInto(
  root: unknown,
  splitter: Splitter,
  serialize: (tree: unknown, named: readonly string[]) => Uint8Array,
): Parts {
  // One body is filled at a time.
  let count: Count = { size: 0, names: new Set() };
  const namedBy = new Map<object, ReadonlySet<string>>();
  const texts = new Map<string, TaggedRecord>();

  const takeOut = (part: unknown, tree: unknown, named: readonly string[]): TaggedRecord => {
    const digest = splitter.digestOf(part);
    splitter.part(digest, serialize(tree, named));
    return record("part", Buffer.from(digest, "hex"));
  };
  const mark = (marker: TaggedRecord): void => {
    count.size += MARKER;
    count.names.add(markedDigest(marker));
  };

  return {
    enter(object) {
      const outer = count;
      count = { size: SMALL + ownBytes(object), names: new Set() };
      return outer;
    },
    leave(object, tree, outer) {
      const own = count;
      count = outer as Count;
      if (object !== root && own.size > LARGEST && maySplit(object)) {
        const marker = takeOut(object, tree, [...own.names]);
        namedBy.set(object, new Set([markedDigest(marker)]));
        mark(marker);
        return marker;
      }
      count.size += own.size;
      namedBy.set(object, own.names);
      return tree;
    },
    scalar(value) {
      if (typeof value !== "string" || value === root || value.length <= LARGEST) {
        count.size += typeof value === "string" ? value.length + SMALL : SMALL;
        return value;
      }
      const marker = texts.get(value) ?? takeOut(value, value, []);
      texts.set(value, marker);
      mark(marker);
      return marker;
    },
    met(object) {
      for (const digest of namedBy.get(object) ?? []) count.names.add(digest);
    },
    named: () => [...count.names],
  };
}

function markedDigest(marker: TaggedRecord): string {
  return (marker.$fleche[1] as Buffer).toString("hex");
}

/** The bytes that an object holds beside its parts. */
function ownBytes(object: object): number {
  if (ArrayBuffer.isView(object)) return bytesOf(object).length;
  // The keys of a plain object; those of an array would be its indices.
  return Array.isArray(object) ? 0 : Object.keys(object).reduce((sum, key) => sum + key.length + 2, 0);
}

function maySplit(object: object): boolean {
  return ["dict", "list", "Map", "Set", "bytes", "ndarray"].includes(kindOf(object).kind);
}
