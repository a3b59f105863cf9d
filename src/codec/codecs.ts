/** The codecs that every storage can read, by name and by number. Codecs that run code are never among them. */
import { bytesCodec } from "./bytes.ts";
import type { Codec } from "./codec.ts";
import { jsonCodec } from "./json.ts";
import { structuredCodec } from "./structured/structured.ts";

/** What options may name. */
export type CodecName = "structured" | "json" | "bytes";

/** The built-in codecs by name. */
export const CODECS: { readonly [Name in CodecName]: Codec } = Object.freeze({
  structured: structuredCodec,
  json: jsonCodec,
  bytes: bytesCodec,
});
