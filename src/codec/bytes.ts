/** The codec `bytes`: a Buffer as it is, and nothing else. */
import { hashBytes } from "../digest/hash.ts";
import { kindOf } from "../digest/kind.ts";
import { assertOnlyIndices } from "../digest/only-indices.ts";
import { formatPath } from "../digest/path.ts";
import { bytesOf } from "../digest/view.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import type { Codec } from "./codec.ts";

/** For values that are Buffers; the body is their bytes. */
export const bytesCodec: Codec = {
  name: "bytes",
  id: 2,
  encode(value) {
    const kinded = typeof value === "object" && value !== null ? kindOf(value) : undefined;
    if (kinded?.kind !== "bytes") throw new EncodeError("", 'codec "bytes" carries Buffers only');
    const { length } = bytesOf(kinded.value);
    assertOnlyIndices(kinded.value, length, length, (problem, step) => {
      throw new EncodeError(step === undefined ? "" : formatPath("", [step]), problem);
    });
    return bytesOf(kinded.value);
  },
  tailAt: () => 0,
  decode(body, { entry, tail }) {
    const bytes = tail === undefined ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.from(tail);
    // Every body is some Buffer, so an entry that another codec wrote would go unnoticed but for its name.
    if (hashBytes("bytes", bytes) !== entry) throw new DecodeError("the body is not the Buffer that it is named after");
    return bytes;
  },
};
