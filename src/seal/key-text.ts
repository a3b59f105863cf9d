/**
 * The text of a key list: hex keys separated by colons, the first signs, all verify. Strict, because Node's own reading
 * of hex stops quietly at the first wrong character and an HMAC with an empty key is accepted by anyone who forges.
 * Errors name the position and the problem, never the text.
 */
import { ConfigError } from "../errors.ts";

const MAX_KEYS = 16;
const MIN_KEY_BYTES = 32;

/** The keys of a list, in order. `source` says where the text comes from, for errors. */
export function parseKeys(text: string, source: string): Buffer[] {
  if (text === "")
    throw new ConfigError(`${source} is empty; give a hex key of at least ${MIN_KEY_BYTES} bytes, or unset it`);
  const segments = text.split(":");
  const keys = segments.map((segment, i) => parseKey(segment, `${source}: key ${i + 1}`));
  if (keys.length > MAX_KEYS) throw new ConfigError(`${source}: ${keys.length} keys; at most ${MAX_KEYS} are taken`);
  keys.forEach((key, i) => {
    const first = keys.findIndex((other) => other.equals(key));
    if (first !== i) throw new ConfigError(`${source}: key ${i + 1} is a duplicate of key ${first + 1}`);
  });
  return keys;
}

function parseKey(segment: string, where: string): Buffer {
  if (segment === "") throw new ConfigError(`${where} is empty; look for a colon too many`);
  const blank = segment.search(/[\s\p{Cc}\p{Cf}\p{Z}]/u);
  if (blank !== -1) {
    const code = (segment.codePointAt(blank) as number).toString(16).toUpperCase().padStart(4, "0");
    throw new ConfigError(`${where} contains white space, U+${code}, at character ${blank + 1}`);
  }
  if (/^0x/i.test(segment)) throw new ConfigError(`${where} begins with 0x; give the hex digits alone`);
  const foreign = segment.search(/[^0-9a-fA-F]/);
  if (foreign !== -1)
    throw new ConfigError(`${where} has a character that is no hex digit, at character ${foreign + 1}`);
  if (segment.length % 2 !== 0) throw new ConfigError(`${where} has an odd number of hex digits (${segment.length})`);
  if (segment.length < MIN_KEY_BYTES * 2) {
    throw new ConfigError(`${where} has ${segment.length / 2} bytes; at least ${MIN_KEY_BYTES} are needed`);
  }
  return Buffer.from(segment, "hex");
}
