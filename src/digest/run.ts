/** What the parts of one digest run share; `digest.ts` makes it. */
import type { Numbers } from "./number.ts";
import type { Refuse } from "./own-fields.ts";
import type { Step } from "./path.ts";

/** One run of `digest` over one value. */
export interface Run {
  readonly numbers: Numbers;
  /** The digest of a value at the place where we are. */
  any(value: unknown): string;
  /** The digest of a part, one step further. */
  child(value: unknown, step: Step): string;
  /** Counts the holes of an array; refuses too many. */
  holes(count: number): void;
  /** Throws for the place where we are, or one step further. */
  readonly refuse: Refuse;
}
