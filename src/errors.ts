/**
 * Every error that fleche throws: one base class, one subclass for each decision a caller could make, a stable code.
 * Branch on the class or on `code`, never on the text. Programmer mistakes (a wrong option, a malformed digest) are
 * `TypeError`s with code `invalid-argument`, thrown at the call that makes them.
 */
import type { Reason } from "./observe/reason.ts";

/** Stable codes of fleche's own errors. */
export type FlecheErrorCode =
  | "not-found"
  | "signature"
  | "damaged"
  | "store"
  | "config"
  | "undigestible"
  | "unencodable"
  | "undecodable"
  | "ambiguous";

/** The class of all of fleche's errors: `error instanceof FlecheError` tells ours from the function's own. */
export class FlecheError extends Error {
  readonly code: FlecheErrorCode;

  constructor(code: FlecheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Which entry was asked for, why it was not served, and the id of the key that its header names, if it names one. */
export interface EntryFailure {
  readonly entry: string;
  readonly reason: Reason;
  readonly keyId?: string | undefined;
  readonly cause?: unknown;
}

/** There is no entry that can be served: the value has to be made (again). */
export class NotFoundError extends FlecheError {
  /** Full digest or lookup key of the entry. */
  readonly entry: string;
  /** Which check failed. */
  readonly reason: Reason;
  /** Id of the key that the entry names (`k1:…`), where its header could be read. */
  readonly keyId: string | undefined;

  constructor(message: string, failure: EntryFailure, code: FlecheErrorCode = "not-found") {
    super(code, message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.entry = failure.entry;
    this.reason = failure.reason;
    this.keyId = failure.keyId;
  }
}

/** An entry is there and was refused before anything in it was decoded: tampering, another key, or a foreign file. */
export class SignatureError extends NotFoundError {
  constructor(failure: EntryFailure) {
    super("Value present but failed signature check.", failure, "signature");
  }
}

/** An entry is there and its seal holds, but its bytes do not give the value that it is named after. */
export class DamagedError extends NotFoundError {
  constructor(failure: EntryFailure) {
    const why = failure.cause instanceof Error ? `: ${failure.cause.message}` : "";
    super(`Value present but damaged (${failure.reason})${why}`, failure, "damaged");
  }
}

/** The store could not do what was asked: disk full, no permission, server down. Says nothing about the entry. */
export class StoreError extends FlecheError {
  /** `not-a-regular-file` where something else than a file lies under the entry's name. */
  readonly reason: "io-error" | "not-a-regular-file";

  constructor(message: string, reason: "io-error" | "not-a-regular-file" = "io-error", options?: ErrorOptions) {
    super("store", message, options);
    this.reason = reason;
  }
}

/** Keys, options or a directory that cannot be used as they are. Never contains key material. */
export class ConfigError extends FlecheError {
  constructor(message: string, options?: ErrorOptions) {
    super("config", message, options);
  }
}

/** A value that cannot be named exactly, with the path to the part that cannot. */
export class DigestError extends FlecheError {
  /** Where the part lies, from the value handed in: `rows[3].socket`; empty for the value itself. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super("undigestible", `cannot digest ${path === "" ? "the value" : path}: ${problem}`, options);
    this.path = path;
  }
}

/** A value that has a digest but that this codec cannot bring back equal, with the path to the part that it cannot. */
export class EncodeError extends FlecheError {
  /** Where the part lies, from the value handed in; empty for the value itself. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super("unencodable", `cannot encode ${path === "" ? "the value" : path}: ${problem}`, options);
    this.path = path;
  }
}

/** Bytes that are no value of this codec. */
export class DecodeError extends FlecheError {
  constructor(problem: string, options?: ErrorOptions) {
    super("undecodable", `cannot decode: ${problem}`, options);
  }
}

/** A digest prefix that several entries share. */
export class AmbiguousDigestError extends FlecheError {
  readonly prefix: string;

  constructor(prefix: string) {
    super("ambiguous", `digest prefix "${prefix}" names more than one entry; give more of its characters`);
    this.prefix = prefix;
  }
}

/** A `TypeError` for a mistake in the program that calls us, with the code `invalid-argument`. */
export function invalidArgument(message: string): TypeError & { readonly code: "invalid-argument" } {
  return Object.assign(new TypeError(message), { code: "invalid-argument" } as const);
}
