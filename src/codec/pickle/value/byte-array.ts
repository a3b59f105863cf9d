/** Python's `bytearray`. A `Buffer` is Python's bytes, a `Uint8Array` a numpy array; this is neither. */
import { invalidArgument } from "../../../errors.ts";
import { definePython } from "./python-class.ts";

/** A Python bytearray; its bytes may be changed in place. */
export class PyByteArray {
  readonly #bytes: Buffer;

  /** Copies the bytes. */
  constructor(bytes: Uint8Array) {
    if (!(bytes instanceof Uint8Array)) throw invalidArgument("PyByteArray: the bytes must be a Uint8Array or Buffer");
    this.#bytes = Buffer.alloc(bytes.length);
    this.#bytes.set(bytes);
    Object.freeze(this);
  }

  /** The bytes, not copied. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  static {
    definePython(PyByteArray, {
      name: "builtins.bytearray",
      as: "object",
      is: (value) => #bytes in value,
      parts: (array) => [array.#bytes],
      make: (parts) => new PyByteArray(parts[0] as Buffer),
    });
  }
}
