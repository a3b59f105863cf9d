/**
 * A walk that makes one value of another, part by part: values become trees when encoding, trees values when decoding.
 * Depth, cycles, holes and shared parts are kept as in digests, so that one value is accepted by both or by neither.
 */
import type { Refuse } from "../../digest/own-fields.ts";
import type { Step } from "../../digest/path.ts";
import { startWalk, walkThrough } from "../../digest/walk.ts";

/** A walk over one value, at one place in it. */
export interface Tree {
  /** How long the bytes are that the value is read from, the longest body where there are parts; 0 when writing. */
  size: number;
  /** What is made of a value at this place. */
  any(value: unknown): unknown;
  /** What is made of a part, one step further. */
  child(value: unknown, step: Step): unknown;
  /** The way to this place, and work done as if at another. */
  steps(): readonly Step[];
  at<T>(steps: readonly Step[], work: () => T): T;
  /** Counts the holes of an array; refuses too many. */
  holes(count: number): void;
  /** Throws for this place, or one step further. */
  readonly refuse: Refuse;
}

/** How the two directions differ. */
export interface TreeRules {
  /** Where {@link Tree.size} begins. */
  readonly size?: number;
  /** What is made of an object; asked once for each. */
  object(value: object, tree: Tree): unknown;
  symbol(value: symbol, tree: Tree): unknown;
  /** What is made of a function; asked once for each. By default it is refused. */
  function?(value: object, tree: Tree): unknown;
  /** What is made of any other scalar; by default itself. */
  scalar?(value: unknown): unknown;
  /** What stands in an object's place, as if it were there itself; by default the object. */
  resolve?(value: object, tree: Tree): unknown;
  /** Told of every object, each time that it is met, when it is done. */
  met?(value: object): void;
  error(path: string, problem: string): Error;
}

/** What these rules make of a value. */
export function makeTree(root: unknown, rules: TreeRules): unknown {
  return makeTrees(rules, (tree) => tree.any(root));
}

/** One walk for several values: what they share is met once. */
export function makeTrees<T>(rules: TreeRules, work: (tree: Tree) => T): T {
  const walk = startWalk<unknown>("", rules.error);
  const tree: Tree = {
    size: rules.size ?? 0,
    any(value) {
      switch (typeof value) {
        case "object": {
          if (value === null) return null;
          const resolved = rules.resolve === undefined ? value : rules.resolve(value, tree);
          if (typeof resolved !== "object" || resolved === null) return resolved;
          const made = walk.object(resolved, rules.object, tree);
          rules.met?.(resolved);
          return made;
        }
        case "symbol":
          // A symbol becomes a record, which is a level of its own when it is read again.
          return walk.object({}, () => rules.symbol(value, tree), undefined);
        case "function":
          return rules.function === undefined ? walk.refuse("a function") : walk.object(value, rules.function, tree);
        default:
          return rules.scalar === undefined ? value : rules.scalar(value);
      }
    },
    child(value, step) {
      // Most parts are scalars, which need no place to be reported at.
      if (value === null || (typeof value !== "object" && typeof value !== "symbol" && typeof value !== "function")) {
        return rules.scalar === undefined ? value : rules.scalar(value);
      }
      walk.enter(step);
      let made: unknown;
      if (typeof value !== "object") made = tree.any(value);
      else {
        // As in `any`, here again: each level of a value costs as few frames of the stack as can be.
        const resolved = rules.resolve === undefined ? value : rules.resolve(value, tree);
        if (typeof resolved !== "object" || resolved === null) made = resolved;
        else {
          made = walk.object(resolved, rules.object, tree);
          rules.met?.(resolved);
        }
      }
      walk.leave();
      return made;
    },
    steps: walk.steps,
    at(steps, act) {
      for (const step of steps) walk.enter(step);
      const made = act();
      for (const _ of steps) walk.leave();
      return made;
    },
    holes: walk.holes,
    refuse: walk.refuse,
  };
  return walkThrough(walk, () => work(tree));
}
