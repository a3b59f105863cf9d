/**
 * What is made of a refusal: counted, published, told to people in one line, and turned into the error that its reason
 * stands for. The one place where a reason becomes words.
 */
import { DamagedError, NotFoundError, SignatureError, StoreError } from "../errors.ts";
import { publishStore, type StoreEvent } from "../observe/channels.ts";
import { type Reason, reasonClass } from "../observe/reason.ts";
import type { Reporter } from "../observe/reporter.ts";
import type { Tally } from "../observe/tally.ts";
import type { Refusal } from "../seal/open.ts";
import { warnFault } from "./fault.ts";

/** Who is told. */
export interface Audience {
  readonly reporter: Reporter;
  readonly tally: Tally;
}

/** Counts a miss, publishes it, and warns where an entry was there and not served. */
export function noticeMiss(operation: StoreEvent["operation"], entry: string, refusal: Refusal, to: Audience): void {
  const { refused: reason, keyId } = refusal;
  to.tally.miss(reason);
  publishStore(() => ({ operation, outcome: "miss", entry, reason, keyId }));
  warnRefused(entry, refusal, to.reporter);
}

/** One line about an entry that is there and not served; nothing about one that is simply absent. */
export function warnRefused(entry: string, refusal: Refusal, reporter: Reporter): void {
  const text = TEXTS[reasonClass(refusal.refused)];
  if (text === undefined) return;
  const key = refusal.keyId === undefined ? "" : `, key ${refusal.keyId}`;
  const line = `${text} (${refusal.refused}, entry ${entry}${key})${causeOf(refusal)}`;
  if (reasonClass(refusal.refused) === "store") warnFault(reporter, refusal.refused, refusal.cause, line);
  else reporter.warn(refusal.refused, line);
}

const TEXTS: Readonly<Record<ReturnType<typeof reasonClass>, string | undefined>> = {
  absence: undefined,
  signature: "Invalid signature for cache entry. Potential tampering or key mismatch.",
  damage: "Damaged cache entry.",
  store: "The store could not be read.",
};

function causeOf({ cause }: Refusal): string {
  return cause instanceof Error ? `: ${cause.message}` : "";
}

/** The error that a refusal stands for. */
export function errorOf(entry: string, refusal: Refusal): NotFoundError | StoreError {
  const failure = { entry, reason: refusal.refused, keyId: refusal.keyId, cause: refusal.cause };
  switch (reasonClass(refusal.refused)) {
    case "absence":
      return new NotFoundError(`no entry ${entry} (${refusal.refused})`, failure);
    case "signature":
      return new SignatureError(failure);
    case "damage":
      return new DamagedError(failure);
    case "store":
      if (refusal.cause instanceof StoreError) return refusal.cause;
      return new StoreError(`cannot read entry ${entry}${causeOf(refusal)}`, "io-error", { cause: refusal.cause });
  }
}

/** Whether posture `strict` throws for it: an entry was there and was refused. */
export function isRefused(reason: Reason): boolean {
  const kind = reasonClass(reason);
  return kind === "signature" || kind === "damage";
}
