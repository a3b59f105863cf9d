/**
 * The default codec, `structured`: V8's serialisation of a tree in which everything that V8 would lose is a tagged
 * record. `write.ts` makes the tree, `read.ts` reads it back, `v8-bytes.ts` has the bytes.
 */
import { DecodeError } from "../../errors.ts";
import type { Codec } from "../codec.ts";
import { behindParts, formatParts } from "../parts.ts";
import { readTree } from "./read.ts";
import { splitInto, WHOLE } from "./split.ts";
import { readV8, writeV8 } from "./v8-bytes.ts";
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
  decode(body, { part }) {
    return readTree(readV8(behindParts(body)), body.length, (digest) => {
      if (part === undefined) throw new DecodeError("it names parts, and there are none here");
      const found = part(digest);
      return { raw: readV8(behindParts(found)), size: found.length };
    });
  },
};

function serialize(tree: unknown, named: readonly string[]): Uint8Array {
  return writeV8(tree, formatParts(named));
}
