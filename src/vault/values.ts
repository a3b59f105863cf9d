/**
 * What people do with values: save, load, contains, expand, shrink. Over whatever holds them; here a refusal becomes an
 * error, a count and a warning.
 */
import { digester } from "../digest/digest.ts";
import { Digest, isDigest } from "../digest/reference.ts";
import { AmbiguousDigestError, NotFoundError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import { firstNames } from "./names.ts";
import { errorOf, isRefused, noticeMiss } from "./notice.ts";
import { digestOptionsOf, type ValueFlows } from "./value-flows.ts";

/** Stores a value under its digest, unless it is there soundly. */
export function* saveValue(values: ValueFlows, value: unknown): Flow<Digest> {
  // A digest stands for a value that is stored already.
  if (isDigest(value)) return value;
  const digestOf = digester(digestOptionsOf(values));
  const entry = digestOf(value);
  const encoded = values.encode(entry, value, digestOf);
  // Where writing has to wait, whoever holds the value may change it meanwhile.
  if (!values.sync) encoded.bodies();
  yield* values.saveValue(encoded);
  return new Digest(entry);
}

/** The value of an entry; throws the error of the reason why not. */
export function* loadValue(values: ValueFlows, entry: string): Flow<unknown> {
  const found = yield* values.findValue(entry);
  if (found.refused !== undefined) {
    noticeMiss("load", entry, found, values);
    throw errorOf(entry, found);
  }
  const { verified, value, keyId } = found;
  values.tally.hit(verified);
  publishStore(() => ({ operation: "load", outcome: "hit", entry, keyId, unverified: !verified }));
  return value;
}

/** Whether an entry is there whose header is good; its body is checked when it is loaded. */
export function* containsValue(values: ValueFlows, entry: string): Flow<boolean> {
  const head = yield* values.findHead(entry);
  if (head.refused === undefined) return true;
  if (head.refused !== "absent") noticeMiss("contains", entry, head, values);
  if (head.refused === "io-error" || (values.posture === "strict" && isRefused(head.refused)))
    throw errorOf(entry, head);
  return false;
}

/** The one entry whose name begins with this. */
export function* expandPrefix(values: ValueFlows, prefix: string): Flow<Digest> {
  const [first, second] = yield* firstNames(values.listValues(prefix), 2);
  if (first === undefined) {
    throw new NotFoundError(`no entry begins with "${prefix}"`, { entry: prefix, reason: "absent" });
  }
  if (second !== undefined) throw new AmbiguousDigestError(prefix);
  return new Digest(first);
}

/** Shorter prefixes would soon be ambiguous. */
const SHORTEST = 4;

/** The shortest beginning of a name, at least four characters, that no other entry shares. */
export function* shrinkName(values: ValueFlows, entry: string): Flow<string> {
  let shared = SHORTEST - 1;
  for (const name of yield* firstNames(values.listValues(entry.slice(0, SHORTEST)), Number.POSITIVE_INFINITY)) {
    if (name === entry) continue;
    let same = SHORTEST;
    while (name[same] === entry[same]) same++;
    shared = Math.max(shared, same);
  }
  return entry.slice(0, shared + 1);
}
