/**
 * The parts of a wrapper that has more than the function that it stands for: a receiver that was fixed, properties that a
 * program put on it. Any other wrapper counts as its function and never comes here.
 */
import { hashDict } from "../digest/hash.ts";
import { ownMembers } from "./hangers.ts";
import { tagged, within } from "./tagged.ts";
import type { Node, Trace } from "./trace.ts";
import { shown, unseen } from "./unseen.ts";
import { addedKeys, hasOwnPrototypes, type Wrapped } from "./wrapped.ts";

/** Adds the function that a wrapper stands for, and what it has besides. */
export function addWrapper({ fn, path }: Node, wrapped: Wrapped, trace: Trace): void {
  if (!hasOwnPrototypes(fn)) unseen(`${shown(path)} is a cached function with another prototype`);
  const at = (name: string): string => within(path, name);
  trace.add(at("original"), trace.functionDigest(wrapped.original, path));
  for (const receiver of wrapped.receiver)
    trace.add(at("this"), tagged("receiver", trace.valueDigest(receiver, at("this"))));
  const members = ownMembers(fn, fn, trace, at, addedKeys(fn, wrapped));
  if (members.length > 0) trace.add(at("members"), tagged("members", hashDict(members)));
}
