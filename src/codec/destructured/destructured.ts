/**
 * The codec of Python's value files: a pickle of the value, or of what is left of it once parts of it lie in files of their
 * own. Knows nothing of tags and layouts.
 */
import { DecodeError, EncodeError } from "../../errors.ts";
import type { Codec } from "../codec.ts";
import { pythonClass } from "../pickle/classes.ts";
import { readPickle } from "../pickle/pickle.ts";
import { writeValue } from "../pickle/write.ts";
import { itemsOf, WRAPPER_CLASSES, WRAPPER_MODULE } from "./markers.ts";
import { mend, partsIn } from "./mend.ts";
import { split } from "./split.ts";

/** The number of the codec in the header of an entry. */
const PICKLE_ID = 32;

const WRAPPERS = WRAPPER_CLASSES.map((of) => pythonClass(of));

/**
 * The codec that keeps containers of fewer than `remainingDepth` levels in the file of what holds them, as the Python
 * library's option of that name says.
 */
export function destructuredCodec(remainingDepth: number): Codec {
  return {
    name: "pickle",
    id: PICKLE_ID,
    encode(value, splitter) {
      if (splitter === undefined) return write(value, false);
      try {
        return split(value, remainingDepth, splitter, write);
      } catch (error) {
        // Told with the path from the value, which a part of it does not know.
        if (error instanceof EncodeError) write(value, false);
        throw error;
      }
    },
    decode(body, { part }) {
      const load = (digest: string): unknown => {
        if (part === undefined) throw new DecodeError(`part ${digest} is not there`);
        // A copy: what is read may be a view of it, and the part may be asked for again.
        return read(new Uint8Array(part(digest)));
      };
      return mend(read(body), load);
    },
  };
}

/** Digests of the parts that a pickle names. Throws `DecodeError`. */
export function partsOfPickle(pickle: Uint8Array): string[] {
  return namesWrappers(pickle) ? partsIn(read(pickle)) : [];
}

/** What a pickle holds: a wrapper, or a value in which nothing of the library may be named. */
function read(pickle: Uint8Array): unknown {
  if (namesWrappers(pickle)) {
    const wrapped = readPickle(pickle, { globals: WRAPPERS });
    if (itemsOf(wrapped) !== undefined) return wrapped;
  }
  return readPickle(pickle);
}

function namesWrappers(pickle: Uint8Array): boolean {
  return Buffer.from(pickle.buffer, pickle.byteOffset, pickle.length).includes(WRAPPER_MODULE);
}

/** Only what `split` made may name the library's classes: a value that did would come back as something else. */
function write(rest: unknown, wraps: boolean): Uint8Array {
  return writeValue(rest, { globals: wraps ? WRAPPERS : [], refuseFloats: true });
}
