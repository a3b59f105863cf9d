/**
 * One walk over one value, whatever is made of it: where we are (for error paths), how deep, what was met already
 * (shared parts are done once, cycles refused), and how many holes. Digests and codecs keep the same rules through it.
 */
import { formatPath, type Step } from "./path.ts";

/** How many objects may lie within each other. */
export const MAX_DEPTH = 1000;

/** How many holes all arrays of a value may have together: a length must be backed by what is there. */
export const MAX_HOLES = 1_048_576;

/** What was made of an object, and how many levels of objects it has: none as long as we are inside it. */
interface Met<R> {
  result: R | undefined;
  height: number;
}

/** The state of one walk that makes an `R` of every object. */
export interface Walk<R> {
  /**
   * What `visit` made of this object: taken from the first time it was met, refused if we are still inside it. The
   * context is handed on, as a closure would cost a frame of the stack at each level.
   */
  object<V extends object, C>(value: V, visit: (value: V, context: C) => R, context: C): R;
  /** Goes one step further along the path; what follows, up to `leave`, is about the part there. */
  enter(step: Step): void;
  /** Goes back one step. */
  leave(): void;
  /** The way to where we are. */
  steps(): readonly Step[];
  /** Counts holes; refuses too many. */
  holes(count: number): void;
  /** Throws the walk's error for the place where we are, or one step further. */
  refuse(problem: string, step?: Step): never;
}

/** A walk whose refusals are made by `error` from a path and a problem; `root` is what the value itself is called. */
export function startWalk<R>(root: string, error: (path: string, problem: string) => Error): Walk<R> {
  const steps: Step[] = [];
  const met = new Map<object, Met<R>>();
  let depth = 0;
  let height = 0;
  let holes = 0;

  const walk: Walk<R> = {
    object(value, visit, context) {
      const done = met.get(value);
      if (done === undefined) {
        if (depth === MAX_DEPTH) walk.refuse(TOO_DEEP);
        const own: Met<R> = { result: undefined, height: 0 };
        met.set(value, own);
        const outer = height;
        height = 0;
        depth++;
        const result = visit(value, context);
        depth--;
        own.result = result;
        own.height = height + 1;
        height = Math.max(outer, own.height);
        return result;
      }
      if (done.height === 0) walk.refuse("a cycle: the value contains itself");
      // Met before at another depth: its own levels count here too, or the order of keys would decide what is refused.
      if (depth + done.height > MAX_DEPTH) walk.refuse(TOO_DEEP);
      height = Math.max(height, done.height);
      return done.result as R;
    },
    enter(step) {
      steps.push(step);
    },
    leave() {
      steps.pop();
    },
    steps: () => [...steps],
    holes(count) {
      holes += count;
      if (holes > MAX_HOLES) walk.refuse(`more than ${MAX_HOLES} holes in arrays`);
    },
    refuse(problem, step) {
      throw error(formatPath(root, step === undefined ? steps : [...steps, step]), problem);
    },
  };
  return walk;
}

/**
 * Runs a walk from its root. A thousand levels fit into a stack that the caller left half empty; what overflows a fuller
 * one is refused like what is too deep.
 */
export function walkThrough<T>(walk: Walk<unknown>, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof RangeError && /call stack/.test(error.message)) {
      walk.refuse("more levels deep than the call stack has room for");
    }
    throw error;
  }
}

const TOO_DEEP = `more than ${MAX_DEPTH} levels deep`;
