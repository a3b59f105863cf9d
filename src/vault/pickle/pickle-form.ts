/** Python's files as what a store brings to caches: codec, layout of the files, records. */
import { destructuredCodec, partsOfPickle } from "../../codec/destructured/destructured.ts";
import type { ForeignForm } from "../entry-format.ts";
import { formatCall, parseCall } from "./call-pickle.ts";
import { pickleFormat } from "./pickle-format.ts";

/** The form of a store of Python's files; containers deeper than this lie in files of their own. */
export function pickleForm(remainingDepth: number): ForeignForm {
  const codec = destructuredCodec(remainingDepth);
  const records = { codec: codec.id, format: formatCall, parse: parseCall };
  return {
    codec,
    open: (rules, ring) => pickleFormat(rules, ring, { codec: codec.id, partsOf: partsOfPickle, records }),
  };
}
