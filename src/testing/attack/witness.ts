/** What can be seen of a load from outside: lines printed, events published, and how often a codec was asked to decode. */
import { channel } from "node:diagnostics_channel";
import type { Codec } from "../../codec/codec.ts";
import { CODECS, type CodecName } from "../../codec/codecs.ts";

/** What was seen while something ran. */
export interface Seen {
  /** Lines of ours on standard error. */
  readonly warnings: readonly string[];
  /** Events of `fleche:store`. */
  readonly events: readonly unknown[];
  /** What it threw; `undefined` where it did not. */
  readonly error: unknown;
  readonly result: unknown;
}

/** Runs something and watches. Not for two things at once: standard error is one. */
export async function watch(act: () => unknown): Promise<Seen> {
  const warnings: string[] = [];
  const events: unknown[] = [];
  const printed = console.warn;
  const listen = (event: unknown): void => void events.push(event);
  const store = channel("fleche:store");
  store.subscribe(listen);
  console.warn = (...words: unknown[]) => {
    if (String(words[0]).startsWith("fleche: ")) warnings.push(words.join(" "));
    else printed(...words);
  };
  try {
    return { warnings, events, error: undefined, result: await act() };
  } catch (error) {
    return { warnings, events, error, result: undefined };
  } finally {
    console.warn = printed;
    store.unsubscribe(listen);
  }
}

/** A codec that counts how often it was asked to decode. */
export interface CountingCodec extends Codec {
  readonly decoded: number;
}

/** The same codec, counting. */
export function counting(codec: CodecName | Codec = "structured"): CountingCodec {
  const counted = typeof codec === "string" ? CODECS[codec] : codec;
  let decoded = 0;
  return {
    name: counted.name,
    id: counted.id,
    ...(counted.executable === undefined ? {} : { executable: counted.executable }),
    encode: (value) => counted.encode(value),
    decode(body, context) {
      decoded++;
      return counted.decode(body, context);
    },
    get decoded() {
      return decoded;
    },
  };
}
