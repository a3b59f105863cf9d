/**
 * What a pickle names by number. Numbers are the pickle's to choose, so they say nothing about how much is kept: those
 * that follow each other lie in an array, all others in a Map.
 */
import { DecodeError } from "../../errors.ts";

/** Things by number. */
export class Memo {
  readonly #dense: unknown[] = [];
  #sparse: Map<number, unknown> | undefined;

  /** Under the next number: as many as there are things. */
  add(item: unknown): void {
    if (this.#sparse === undefined) this.#dense.push(item);
    else this.put(this.#dense.length + this.#sparse.size, item);
  }

  put(index: number, item: unknown): void {
    if (index < this.#dense.length) this.#dense[index] = item;
    else if (index === this.#dense.length) {
      this.#dense.push(item);
      this.#sparse?.delete(index);
    } else {
      this.#sparse ??= new Map();
      this.#sparse.set(index, item);
    }
  }

  get(index: number): unknown {
    if (index < this.#dense.length) return this.#dense[index];
    if (this.#sparse?.has(index) === true) return this.#sparse.get(index);
    throw new DecodeError(`the memo's number ${index}, which nothing was put under`);
  }
}
