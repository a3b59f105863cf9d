/**
 * What lies in a store, in memory: each call with when it was last used, and how many calls name each value. Tells which
 * call was least recently used, and which values nothing names once it is gone. About half a KiB a call; no I/O here.
 */

/** A value in a store. */
export interface Held {
  readonly digest: string;
  readonly bytes: number;
}

/** A call in a store. */
export interface Holding {
  /** When it was last used; the smallest is the least recently used. */
  readonly usedMs: number;
  /** When it was made, Unix milliseconds. */
  readonly madeMs: number;
  /** Bytes of its record. */
  readonly bytes: number;
  /** The values that it names, and their parts; each once. */
  readonly values: readonly Held[];
}

/** Calls and values, counted. */
export interface Ledger {
  /** Calls. */
  readonly count: number;
  /** Bytes of all records, and of all values that they name, each once. */
  readonly bytes: number;
  has(lookupKey: string): boolean;
  /** Whether a call names this value. */
  names(digest: string): boolean;
  /** When a call was made, `undefined` where it is not known. */
  madeMs(lookupKey: string): number | undefined;
  /** Notes a call; the values that no call names since it was replaced. */
  put(lookupKey: string, holding: Holding): Held[];
  /** Notes a use; nothing for a call that is not known. */
  use(lookupKey: string, atMs: number): void;
  /** Forgets a call; the values that no call names any more. */
  remove(lookupKey: string): Held[];
  /** The call that was least recently used. */
  oldest(): string | undefined;
  /** The lookup keys of all calls. */
  keys(): Iterable<string>;
}

interface Entry {
  readonly lookupKey: string;
  usedMs: number;
  /** The use by which it stands in the heap: it may have been used since. */
  queuedMs: number;
  gone: boolean;
  madeMs: number;
  bytes: number;
  digests: readonly string[];
}

/** Nothing known yet. */
export function startLedger(): Ledger {
  const entries = new Map<string, Entry>();
  const values = new Map<string, { named: number; readonly bytes: number }>();
  const heap = startHeap();
  let bytes = 0;

  const name = ({ digest, bytes: size }: Held): void => {
    const value = values.get(digest);
    if (value !== undefined) value.named++;
    else {
      values.set(digest, { named: 1, bytes: size });
      bytes += size;
    }
  };
  const unname = (digests: readonly string[]): Held[] => {
    const free: Held[] = [];
    for (const digest of digests) {
      const value = values.get(digest);
      if (value === undefined || --value.named > 0) continue;
      values.delete(digest);
      bytes -= value.bytes;
      free.push({ digest, bytes: value.bytes });
    }
    return free;
  };

  return {
    get count() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
    has: (lookupKey) => entries.has(lookupKey),
    names: (digest) => values.has(digest),
    madeMs: (lookupKey) => entries.get(lookupKey)?.madeMs,
    keys: () => entries.keys(),
    put(lookupKey, { usedMs, madeMs, bytes: size, values: held }) {
      for (const value of held) name(value);
      bytes += size;
      const known = entries.get(lookupKey);
      const digests = held.map(({ digest }) => digest);
      if (known === undefined) {
        const entry = { lookupKey, usedMs, queuedMs: usedMs, gone: false, madeMs, bytes: size, digests };
        entries.set(lookupKey, entry);
        heap.push(entry);
        return [];
      }
      bytes -= known.bytes;
      const free = unname(known.digests);
      Object.assign(known, { usedMs: Math.max(known.usedMs, usedMs), madeMs, bytes: size, digests });
      return free;
    },
    use(lookupKey, atMs) {
      const entry = entries.get(lookupKey);
      // Where it stands in the heap is put right when it comes to the top.
      if (entry !== undefined && atMs > entry.usedMs) entry.usedMs = atMs;
    },
    remove(lookupKey) {
      const entry = entries.get(lookupKey);
      if (entry === undefined) return [];
      entries.delete(lookupKey);
      entry.gone = true;
      bytes -= entry.bytes;
      return unname(entry.digests);
    },
    oldest() {
      for (let top = heap.top(); top !== undefined; top = heap.top()) {
        if (!top.gone && top.queuedMs === top.usedMs) return top.lookupKey;
        heap.pop();
        if (top.gone) continue;
        top.queuedMs = top.usedMs;
        heap.push(top);
      }
      return undefined;
    },
  };
}

interface Heap {
  top(): Entry | undefined;
  push(entry: Entry): void;
  pop(): void;
}

/** A binary heap, the smallest `queuedMs` on top. */
function startHeap(): Heap {
  const items: Entry[] = [];
  const at = (i: number): Entry => items[i] as Entry;
  const swap = (i: number, j: number): void => {
    [items[i], items[j]] = [at(j), at(i)];
  };
  return {
    top: () => items[0],
    push(entry) {
      let i = items.push(entry) - 1;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (at(parent).queuedMs <= at(i).queuedMs) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      const last = items.pop();
      if (last === undefined || items.length === 0) return;
      items[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < items.length && at(child).queuedMs < at(least).queuedMs) least = child;
        }
        if (least === i) return;
        swap(i, least);
        i = least;
      }
    },
  };
}
