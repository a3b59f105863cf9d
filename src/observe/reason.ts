/**
 * Why a lookup missed: the closed list, in the one place where it is kept.
 * A reason says which check failed; what the caller then sees (which error, which warning) follows from its class.
 */

/** What kind of trouble a reason stands for; decides the error that `load` throws. */
export type ReasonClass = "absence" | "signature" | "damage" | "store";

/** One of the closed list of reasons for which a lookup can miss. */
export type Reason =
  | "absent"
  | "expired"
  | "not-an-envelope"
  | "unsigned"
  | "unsupported-version"
  | "unsupported-suite"
  | "unsupported-flags"
  | "bad-header"
  | "unknown-key"
  | "bad-signature"
  | "wrong-kind"
  | "wrong-entry"
  | "wrong-namespace"
  | "codec-not-allowed"
  | "too-large"
  | "truncated"
  | "trailing-bytes"
  | "body-mismatch"
  | "not-a-regular-file"
  | "decompress-failed"
  | "decode-failed"
  | "content-mismatch"
  | "io-error";

// In the order in which the checks are made when an entry is read.
const REASON_CLASS: { readonly [R in Reason]: ReasonClass } = {
  absent: "absence",
  expired: "absence",
  "not-an-envelope": "signature",
  unsigned: "signature",
  "unsupported-version": "signature",
  "unsupported-suite": "signature",
  "unsupported-flags": "signature",
  "bad-header": "signature",
  "unknown-key": "signature",
  "bad-signature": "signature",
  "wrong-kind": "signature",
  "wrong-entry": "signature",
  "wrong-namespace": "signature",
  "codec-not-allowed": "signature",
  "too-large": "signature",
  truncated: "signature",
  "trailing-bytes": "signature",
  "body-mismatch": "signature",
  "not-a-regular-file": "signature",
  "decompress-failed": "damage",
  "decode-failed": "damage",
  "content-mismatch": "damage",
  "io-error": "store",
};

/** Every reason, in the order in which an entry is checked. */
export const REASONS: readonly Reason[] = Object.keys(REASON_CLASS) as Reason[];

/** The class of a reason. */
export function reasonClass(reason: Reason): ReasonClass {
  return REASON_CLASS[reason];
}
