/** The stack of a reader and its marks. What lies below the last mark is out of reach. */
import { DecodeError } from "../../errors.ts";
import { Held } from "./held.ts";

/** A stack with marks. */
export class Things {
  readonly stack: unknown[] = [];
  /** How high the stack was at each mark. */
  readonly #marks: number[] = [];

  setMark(): void {
    this.#marks.push(this.stack.length);
  }

  hasMark(): boolean {
    return this.#marks.length > 0;
  }

  /** Where the things since the last mark begin; the mark goes. */
  mark(): number {
    return this.#marks.pop() ?? refuse("no mark where one is needed");
  }

  /** The lowest place that may be taken from. */
  floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  top(): unknown {
    const { stack } = this;
    return stack.length > this.floor() ? stack[stack.length - 1] : empty();
  }

  pop(): unknown {
    return this.stack.length > this.floor() ? this.stack.pop() : empty();
  }

  /** All from here on. */
  take(from: number): unknown[] {
    return from < this.floor() ? empty() : this.stack.splice(from);
  }

  /** Puts what is to take the things from here on below them; where they begin now. */
  insertBelow(from: number, held: Held): number {
    this.stack.splice(from, 0, held);
    return from + 1;
  }

  /** What is to take the things from here on. */
  below(from: number): Held {
    if (from <= this.floor()) return empty();
    const held = this.stack[from - 1];
    return held instanceof Held ? held : refuse("parts of something that has none");
  }
}

function empty(): never {
  return refuse("nothing on the stack where a value is needed");
}

function refuse(problem: string): never {
  throw new DecodeError(problem);
}
