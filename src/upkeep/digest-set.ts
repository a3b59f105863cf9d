/**
 * Millions of digests in little memory: the first 64 bits of each in one table, about 16 bytes a digest. It may take a
 * digest for one that it holds (by chance once in 10^7 tables of a million), never the other way: fit for marking what is
 * to be kept, not for deciding what is equal.
 */

/** A set of digests. */
export interface DigestSet {
  readonly size: number;
  /** Adds a digest; `false` where it was there. */
  add(digest: string): boolean;
  has(digest: string): boolean;
}

/** The table is made larger when it is fuller than this. */
const MOST_FULL = 0.6;

/** An empty set. */
export function digestSet(): DigestSet {
  let slots = 1024;
  // Pairs of 32 bits; both 0 is an empty slot.
  let table = new Uint32Array(2 * slots);
  let size = 0;

  /** The slot of these bits, or the empty one where they would be. */
  const find = (high: number, low: number): number => {
    let slot = low & (slots - 1);
    while (table[2 * slot] !== 0 || table[2 * slot + 1] !== 0) {
      if (table[2 * slot] === high && table[2 * slot + 1] === low) return slot;
      slot = (slot + 1) & (slots - 1);
    }
    return slot;
  };
  const put = (slot: number, high: number, low: number): void => {
    table[2 * slot] = high;
    table[2 * slot + 1] = low;
  };
  const grow = (): void => {
    const old = table;
    slots *= 2;
    table = new Uint32Array(2 * slots);
    for (let at = 0; at < old.length; at += 2) {
      const [high, low] = [old[at] as number, old[at + 1] as number];
      if (high !== 0 || low !== 0) put(find(high, low), high, low);
    }
  };
  const isThere = (slot: number): boolean => table[2 * slot] !== 0 || table[2 * slot + 1] !== 0;

  return {
    get size() {
      return size;
    },
    add(digest) {
      const [high, low] = bitsOf(digest);
      const slot = find(high, low);
      if (isThere(slot)) return false;
      put(slot, high, low);
      size++;
      if (size > slots * MOST_FULL) grow();
      return true;
    },
    has(digest) {
      const [high, low] = bitsOf(digest);
      return isThere(find(high, low));
    },
  };
}

function bitsOf(digest: string): readonly [high: number, low: number] {
  const high = Number.parseInt(digest.slice(0, 8), 16);
  const low = Number.parseInt(digest.slice(8, 16), 16);
  // All zeros marks an empty slot.
  return high === 0 && low === 0 ? [0, 1] : [high, low];
}
