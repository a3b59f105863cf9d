/** Envelopes as a form of entries: the one that every store has that brings no form of its own. */
import { jsonCodec } from "../codec/json.ts";
import { partsOf } from "../codec/parts.ts";
import { type Flow, settled } from "../flow.ts";
import { formatRecord, parseRecord } from "../record/format.ts";
import { COMPRESSION } from "../seal/header.ts";
import { type Opened, type Refusal, refuse } from "../seal/open.ts";
import { seal, sealApart } from "../seal/seal.ts";
import type { BelievedHeads } from "./believed-heads.ts";
import type { Asked, EntryFormat, EntryShelf, Listed, SealRules } from "./entry-format.ts";
import { judgeHead, readEntry, readHead, startReading, troubleOf } from "./read-entry.ts";
import { entryContents } from "./write-entry.ts";

/** Envelopes under these rules. */
export function envelopeFormat(rules: SealRules): EntryFormat {
  const believed: BelievedHeads = new WeakMap();
  return {
    read: (shelf, asked) => readEntry(shelf, asked, rules, believed),
    start: (asked) => startReading(asked, rules),
    readHead: (shelf, asked) => readHead(shelf, asked, rules),
    peek: (shelf, asked) => peek(shelf, asked, rules),
    seal: (asked, codec, body, nowMs) => seal(entryContents(asked, codec, body, rules, nowMs)),
    sealApart: (asked, codec, body, nowMs) => sealApart(entryContents(asked, codec, body, rules, nowMs)),
    partsOf,
    records: { codec: jsonCodec.id, format: formatRecord, parse: parseRecord },
  };
}

/** What the first bytes of an entry say. */
function* peek(shelf: EntryShelf, asked: Asked, rules: SealRules): Flow<Listed | Refusal | undefined> {
  let found: Listed | Refusal | undefined = refuse("absent");
  try {
    const get = shelf.get(asked.entry, (head, size) => {
      const opened = judgeHead(head, size, asked, rules);
      found = opened.refused === undefined ? listed(opened, head, size) : opened;
      return false;
    });
    yield* settled(get);
  } catch (error) {
    return troubleOf(error);
  }
  return found;
}

function listed({ header, verified, bodyStart }: Opened, head: Uint8Array, size: number): Listed | undefined {
  if (header.compression !== COMPRESSION.none) return undefined;
  try {
    return { header, verified, size, parts: partsOf(header.codec, head.subarray(bodyStart)) };
  } catch {
    // Longer than what was shown, or damaged: reading all of it tells.
    return undefined;
  }
}
