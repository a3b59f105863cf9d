/**
 * The default codec, `structured`: V8's serialisation of a tree in which everything that V8 would lose is a tagged
 * record. `write.ts` makes the tree, `read.ts` reads it back, `v8-bytes.ts` has the bytes.
 */
import { anyRegistered } from "../../digest/registry.ts";
import { DecodeError } from "../../errors.ts";
import type { Codec } from "../codec.ts";
import { behindParts, formatParts } from "../parts.ts";
import { arrayAt, arrayOver } from "./array-body.ts";
import { readTree } from "./read.ts";
import { splitInto, WHOLE } from "./split.ts";
import { assertV8Header, readV8, writeV8 } from "./v8-bytes.ts";
import { writeTree } from "./write.ts";

/** For everything that has a digest, but functions and what a class names only as an argument. */
export const structuredCodec: Codec = {
  name: "structured",
  id: 3,
  encode(value, splitter) {
    const parts = splitter === undefined ? WHOLE : splitInto(value, splitter, serialize);
    const tree = writeTree(value, parts);
    return serialize(tree, parts.named());
  },
  tailAt: arrayAt,
  decode(body, { part, partTail, tail }) {
    const used: string[] = [];
    // Two objects that share a digest share no memory: the second gets a copy of the first, as long as nobody can have
    // changed that meanwhile.
    const ownTail = (digest: string): ArrayBuffer | undefined => {
      const found = partTail?.(digest);
      if (found === undefined || (!used.includes(digest) && !anyRegistered())) {
        used.push(digest);
        return found;
      }
      return found.slice(0);
    };
    return readTree(readRaw(body, tail), body.length, (digest) => {
      if (part === undefined) throw new DecodeError("it names parts, and there are none here");
      const found = part(digest);
      return { raw: readRaw(found, ownTail(digest)), size: found.length };
    });
  },
};

function readRaw(body: Uint8Array, tail: ArrayBuffer | undefined): unknown {
  const bytes = behindParts(body);
  if (tail === undefined) return readV8(bytes);
  assertV8Header(bytes);
  return arrayOver(body, tail);
}

function serialize(tree: unknown, named: readonly string[]): Uint8Array {
  return writeV8(tree, formatParts(named));
}
