/** Stores that each break one promise: the conformance suite is worth what it finds in these. */
import { memoryStore } from "../../src/store/memory.ts";
import {
  type Admit,
  assertEntryName,
  isEntryName,
  type RecordHit,
  type RecordIndex,
  type RecordStore,
  type Room,
  type Store,
  type SyncStore,
} from "../../src/store/store.ts";
import { indexOf } from "../../src/testing/samples.ts";

export interface BrokenStore {
  readonly breaks: string;
  /** Part of the title of a case that must fail. */
  readonly caughtBy: string;
  open(): Store;
}

type Get = (name: string, admit?: Admit) => Uint8Array | undefined;

/** Blobs and records of a memory store, with `get` replaced on both. */
function withGet(change: (get: Get) => Get): Store {
  const store = memoryStore();
  return {
    ...store,
    blobs: { ...store.blobs, get: change(store.blobs.get) },
    records: { ...store.records, get: change(store.records.get) },
  };
}

function withBlobs(change: (store: SyncStore) => Partial<Store["blobs"]>): Store {
  const store = memoryStore();
  return { ...store, blobs: { ...store.blobs, ...change(store) } };
}

function withRecords(change: (store: SyncStore) => Partial<RecordStore>): Store {
  const store = memoryStore();
  return { ...store, records: { ...store.records, ...change(store) } };
}

/** A store that can bring a record and its result in one trip, in the way given. */
function withHit(
  hit: (store: SyncStore, ...args: Parameters<NonNullable<RecordStore["hit"]>>) => RecordHit | undefined,
): Store {
  return withRecords((store) => ({ hit: (...args) => hit(store, ...args) }));
}

/** As it should be, for stores that break another promise. */
function soundHit(
  { blobs, records }: SyncStore,
  ...[name, admit, wanted]: Parameters<NonNullable<RecordStore["hit"]>>
): RecordHit | undefined {
  const record = records.get(name, admit);
  if (record === undefined) return undefined;
  const next = wanted(record);
  return { record, result: next && blobs.get(next.name, next.admit) };
}

/** A store that knows the times of its records, and puts names in order in the way given. */
function withTimes(
  order: (times: readonly (readonly [name: string, ms: number])[], which: "latest" | "earliest") => readonly string[],
): Store {
  const indices = new Map<string, RecordIndex>();
  return withRecords(({ records }) => ({
    put(name, bytes, index) {
      records.put(name, bytes, index);
      indices.set(name, index);
    },
    findByTime({ name, sinceMs = -1, untilMs = Number.POSITIVE_INFINITY }, which) {
      const found = [...indices].filter(([, index]) => {
        return (name === undefined || index.name === name) && index.startedMs >= sinceMs && index.startedMs < untilMs;
      });
      return order(
        found.map(([of, { startedMs }]) => [of, startedMs] as const),
        which,
      );
    },
  }));
}

/** A store without checks of names, as one is written first. */
function unchecked(isName: (name: string) => boolean): Store {
  const store = memoryStore();
  const kept = new Map<string, Uint8Array>();
  return {
    ...store,
    blobs: {
      ...store.blobs,
      get: (name, admit) => (isEntryName(name) || !isName(name) ? store.blobs.get(name, admit) : kept.get(name)),
      put: (name, bytes) =>
        isEntryName(name) || !isName(name) ? store.blobs.put(name, bytes) : void kept.set(name, bytes),
    },
  };
}

/** Own bytes again, shown to `admit` in the given way. */
function shown(head: (bytes: Uint8Array) => Uint8Array, size: (bytes: Uint8Array) => number, once = true): Store {
  return withGet((get) => (name, admit) => {
    const bytes = get(name);
    if (bytes === undefined || admit === undefined) return bytes;
    if (!once) admit(head(bytes), size(bytes));
    const verdict = admit(head(bytes), size(bytes));
    if (verdict === false) return undefined;
    if (typeof verdict === "function") verdict(bytes);
    return bytes;
  });
}

function sinkShown(show: (bytes: Uint8Array, sink: (chunk: Uint8Array) => void) => void): Store {
  return withGet((get) => (name, admit) => {
    const bytes = get(name);
    if (bytes === undefined || admit === undefined) return bytes;
    const verdict = admit(bytes.subarray(0, 4096), bytes.length);
    if (verdict === false) return undefined;
    if (typeof verdict === "function") show(bytes, verdict);
    return bytes;
  });
}

const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** Room that the reader never sees. */
function emptied(room: Room): Room {
  return () => {
    const given = room();
    return given && new Uint8Array(given.length);
  };
}

export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    breaks: "asks for room and leaves it empty",
    caughtBy: "reads all that lies behind the head into it",
    open: () =>
      withBlobs(({ blobs }) => ({ get: (name, admit, room) => blobs.get(name, admit, room && emptied(room)) })),
  },
  {
    breaks: "asks for room before the entry was admitted",
    caughtBy: "where there is no room, or nothing was admitted",
    open: () =>
      withBlobs(({ blobs }) => ({
        get(name, admit, room) {
          room?.();
          return blobs.get(name, admit);
        },
      })),
  },
  {
    breaks: "finds something else when it reads later",
    caughtBy: "where there is no room, or nothing was admitted",
    open: () => withBlobs(({ blobs }) => ({ getLater: async (name) => blobs.get(name) })),
  },
  {
    breaks: "puts the last of several pieces",
    caughtBy: "putPieces puts the pieces as one entry",
    open: () =>
      withBlobs(({ blobs }) => ({
        putPieces: (name, pieces) => blobs.put(name, own(pieces.at(-1) ?? new Uint8Array(0))),
      })),
  },
  {
    breaks: "keeps a piece that it was only lent",
    caughtBy: "putPieces puts the pieces as one entry",
    open: () =>
      withBlobs(({ blobs }) => ({
        putPieces: (name, pieces) => {
          blobs.put(name, pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));
        },
      })),
  },
  {
    breaks: "hands out the memory it keeps",
    caughtBy: "changing returned bytes",
    open: () => {
      const kept = new Map<string, Uint8Array>();
      return withBlobs(({ blobs }) => ({
        put(name, bytes) {
          blobs.put(name, own(bytes));
          kept.set(name, bytes);
        },
        get: (name, admit) => (blobs.get(name, admit) === undefined ? undefined : kept.get(name)),
      }));
    },
  },
  {
    breaks: "hands out one copy twice",
    caughtBy: "changing returned bytes",
    open: () => {
      let last: { name: string; bytes: Uint8Array | undefined } | undefined;
      return withBlobs(({ blobs }) => ({
        get(name, admit) {
          const bytes = blobs.get(name, admit);
          if (last?.name === name && bytes !== undefined && last.bytes?.length === bytes.length) return last.bytes;
          last = { name, bytes };
          return bytes;
        },
      }));
    },
  },
  {
    breaks: "returns pieces of Node's pool",
    caughtBy: "memory of their own",
    open: () =>
      withGet((get) => (name, admit) => {
        const bytes = get(name, admit);
        return bytes === undefined ? undefined : Buffer.from(bytes);
      }),
  },
  {
    breaks: "shows admit too much",
    caughtBy: "first 4 KiB at most",
    open: () =>
      shown(
        (bytes) => bytes.subarray(0, 5000),
        (bytes) => bytes.length,
      ),
  },
  {
    breaks: "shows admit too little",
    caughtBy: "first 4 KiB at most",
    open: () =>
      shown(
        (bytes) => bytes.subarray(0, 128),
        (bytes) => bytes.length,
      ),
  },
  {
    breaks: "tells admit the size of the head",
    caughtBy: "first 4 KiB at most",
    open: () =>
      shown(
        (bytes) => bytes.subarray(0, 4096),
        (bytes) => Math.min(bytes.length, 4096),
      ),
  },
  {
    breaks: "asks admit twice",
    caughtBy: "first 4 KiB at most",
    open: () =>
      shown(
        (bytes) => bytes.subarray(0, 4096),
        (bytes) => bytes.length,
        false,
      ),
  },
  {
    breaks: "asks admit about what is not there",
    caughtBy: "get of what is absent",
    open: () =>
      withGet((get) => (name, admit) => {
        const bytes = get(name, admit);
        if (bytes === undefined && get(name) === undefined) admit?.(new Uint8Array(), 0);
        return bytes;
      }),
  },
  {
    breaks: "ignores admit",
    caughtBy: "where admit says no",
    open: () =>
      withGet((get) => (name, admit) => {
        const bytes = get(name, (head, size) => admit?.(head, size) || true);
        return bytes;
      }),
  },
  {
    breaks: "removes what admit refused",
    caughtBy: "where admit says no",
    open: () =>
      withBlobs(({ blobs }) => ({
        get(name, admit) {
          let refused = false;
          const bytes = blobs.get(
            name,
            admit &&
              ((head, size) => {
                const verdict = admit(head, size);
                refused = verdict === false;
                return verdict;
              }),
          );
          if (refused) blobs.delete(name);
          return bytes;
        },
      })),
  },
  {
    breaks: "shows the sink nothing",
    caughtBy: "a sink is shown every chunk",
    open: () => sinkShown(() => {}),
  },
  {
    breaks: "shows the sink no head",
    caughtBy: "a sink is shown every chunk",
    open: () => sinkShown((bytes, sink) => sink(bytes.subarray(4096))),
  },
  {
    breaks: "shows the sink the head twice",
    caughtBy: "a sink is shown every chunk",
    open: () =>
      sinkShown((bytes, sink) => {
        sink(bytes.subarray(0, 4096));
        sink(bytes);
      }),
  },
  {
    breaks: "shows the sink chunks out of order",
    caughtBy: "a sink is shown every chunk",
    open: () =>
      sinkShown((bytes, sink) => {
        sink(bytes.subarray(65_536));
        sink(bytes.subarray(0, 65_536));
      }),
  },
  {
    breaks: "cuts large entries",
    caughtBy: "what is put is what get gives",
    open: () => withBlobs(({ blobs }) => ({ put: (name, bytes) => blobs.put(name, own(bytes.subarray(0, 1 << 20))) })),
  },
  {
    breaks: "takes an empty entry for none",
    caughtBy: "what is put is what get gives",
    open: () =>
      withGet((get) => (name, admit) => {
        const bytes = get(name, admit);
        return bytes?.length === 0 ? undefined : bytes;
      }),
  },
  {
    breaks: "keeps the first of two puts",
    caughtBy: "put replaces what is there",
    open: () =>
      withBlobs(({ blobs }) => ({ put: (name, bytes) => (blobs.has(name) ? undefined : blobs.put(name, bytes)) })),
  },
  {
    breaks: "writes over the old bytes in place",
    caughtBy: "put replaces what is there",
    open: () =>
      withBlobs(({ blobs }) => ({
        put(name, bytes) {
          const old = blobs.get(name) ?? new Uint8Array();
          const mixed = new Uint8Array(Math.max(old.length, bytes.length));
          mixed.set(old);
          mixed.set(bytes);
          blobs.put(name, mixed);
        },
      })),
  },
  {
    breaks: "lets a put show through while it reads",
    caughtBy: "all of the old entry or all of the new one",
    open: () =>
      withGet((get) => (name, admit) => {
        const head = get(name)?.subarray(0, 4096);
        const bytes = get(name, admit);
        const now = bytes === undefined ? undefined : get(name);
        if (head === undefined || now === undefined) return bytes;
        now.set(head);
        return now;
      }),
  },
  {
    breaks: "remembers what has was",
    caughtBy: "has follows put and delete",
    open: () => {
      const known = new Set<string>();
      return withBlobs(({ blobs }) => ({
        has(name) {
          if (blobs.has(name)) known.add(name);
          return known.has(name);
        },
      }));
    },
  },
  {
    breaks: "says that it deleted what was not there",
    caughtBy: "delete removes the entry",
    open: () =>
      withRecords(({ records }) => ({
        delete(name) {
          records.delete(name);
          return true;
        },
      })),
  },
  {
    breaks: "does not delete",
    caughtBy: "delete removes the entry",
    open: () => withBlobs(({ blobs }) => ({ delete: (name) => blobs.has(name) })),
  },
  {
    breaks: "deletes a record together with its blob",
    caughtBy: "are two entries",
    open: () =>
      withBlobs((store) => ({
        delete(name) {
          store.records.delete(name);
          return store.blobs.delete(name);
        },
      })),
  },
  {
    breaks: "keeps records among the blobs",
    caughtBy: "are two entries",
    open: () =>
      withRecords(({ blobs }) => ({ get: blobs.get, put: blobs.put, delete: blobs.delete, list: blobs.list })),
  },
  {
    breaks: "goes by the first half of a name",
    caughtBy: "share all but one character",
    open: () =>
      withBlobs(({ blobs }) => {
        const short = (name: string): string => (isEntryName(name) ? name.slice(0, 32).padEnd(64, "0") : name);
        return {
          get: (name, admit) => blobs.get(short(name), admit),
          put: (name, bytes) => blobs.put(short(name), bytes),
        };
      }),
  },
  {
    breaks: "ignores the prefix of a list",
    caughtBy: "begin with a prefix",
    open: () => withBlobs(({ blobs }) => ({ list: (prefix = "") => blobs.list(prefix) && blobs.list() })),
  },
  {
    breaks: "looks at two characters of a prefix",
    caughtBy: "begin with a prefix",
    open: () =>
      withRecords(({ records }) => ({
        list: (prefix = "") => records.list(prefix) && records.list(prefix.slice(0, 2)),
      })),
  },
  {
    breaks: "loses its place in a list when entries go",
    caughtBy: "complete while what it gave is removed",
    open: () =>
      withBlobs(({ blobs }) => ({
        *list(prefix = "") {
          for (let i = 0; ; i++) {
            const name = [...blobs.list(prefix)][i];
            if (name === undefined) return;
            yield name;
          }
        },
      })),
  },
  {
    breaks: "lists a page and no more",
    caughtBy: "list gives every name once",
    open: () => withBlobs(({ blobs }) => ({ list: (prefix = "") => [...blobs.list(prefix)].slice(0, 100) })),
  },
  {
    breaks: "finds by name alone, and exactly wrong",
    caughtBy: "find gives every record",
    open: () =>
      withRecords(({ records }) => ({
        find: (filter) => (filter.name === undefined ? records.list() : [...records.list()].slice(0, 1)),
      })),
  },
  {
    breaks: "replaces whatever is there by now",
    caughtBy: "blobs: replace changes nothing",
    open: () =>
      withBlobs(({ blobs }) => ({
        replace(name, _seen, bytes) {
          if (!blobs.has(name)) return false;
          blobs.put(name, bytes);
          return true;
        },
      })),
  },
  {
    breaks: "takes a shorter entry for the one that was seen",
    caughtBy: "records: replace changes nothing",
    open: () =>
      withRecords(({ records }) => ({
        replace(name, seen, bytes) {
          const found = records.get(name);
          if (found === undefined || !found.every((byte, i) => i >= seen.length || byte === seen[i])) return false;
          records.put(name, bytes, indexOf());
          return true;
        },
      })),
  },
  {
    breaks: "says that it replaced what it did not",
    caughtBy: "records: replace puts other bytes",
    open: () => withRecords(() => ({ replace: () => true })),
  },
  {
    breaks: "counts a replacement as a use",
    caughtBy: "records: replace keeps",
    open: () =>
      withRecords(({ records }) => ({
        replace(name, seen, bytes) {
          const replaced = records.replace?.(name, seen, bytes) ?? false;
          records.noteUse?.(name, Date.now());
          return replaced;
        },
      })),
  },
  {
    breaks: "forgets what a replaced record may be searched by",
    caughtBy: "records: replace keeps",
    open: () => {
      const gone = new Set<string>();
      return withRecords(({ records }) => ({
        replace(name, seen, bytes) {
          gone.add(name);
          return records.replace?.(name, seen, bytes) ?? false;
        },
        find: (filter) => [...records.find(filter)].filter((name) => !gone.has(name)),
      }));
    },
  },
  {
    breaks: "accepts names in upper case",
    caughtBy: "blobs.get throws a TypeError",
    open: () => unchecked((name) => /^[0-9a-f]{64}$/i.test(name)),
  },
  {
    breaks: "accepts a newline behind a name",
    caughtBy: "blobs.put throws a TypeError",
    open: () => unchecked((name) => /^[0-9a-f]{64}$/m.test(name)),
  },
  {
    breaks: "takes a wrong name for an absent entry",
    caughtBy: "blobs.has throws a TypeError",
    open: () => withBlobs(({ blobs }) => ({ has: (name) => isEntryName(name) && blobs.has(name) })),
  },
  {
    breaks: "throws plain errors for wrong names",
    caughtBy: "blobs.delete throws a TypeError",
    open: () =>
      withBlobs(({ blobs }) => ({
        delete(name) {
          if (!isEntryName(name)) throw new Error("bad name");
          return blobs.delete(name);
        },
      })),
  },
  {
    breaks: "returns a promise though it says sync: true",
    caughtBy: "never returns a promise",
    open: () =>
      withBlobs(({ blobs }) => ({
        get(name, admit) {
          const bytes = blobs.get(name, admit);
          return bytes !== undefined && bytes.length > 1 << 20 ? Promise.resolve(bytes) : bytes;
        },
      })),
  },
  {
    breaks: "fails when it is closed twice",
    caughtBy: "closing twice",
    open: () => {
      const store = memoryStore();
      let closed = false;
      return {
        ...store,
        close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      };
    },
  },
  {
    breaks: "can note a use and not tell it",
    caughtBy: "both or neither",
    open: () => withRecords(() => ({ usedMs: undefined }) as unknown as Partial<RecordStore>),
  },
  {
    breaks: "takes the time of the call for that of the put",
    caughtBy: "usedMs is the time of the put",
    open: () => {
      const started = new Map<string, number>();
      return withRecords(({ records }) => ({
        put(name, bytes, index) {
          started.set(name, index.startedMs);
          records.put(name, bytes, index);
        },
        usedMs: (name) => (records.usedMs?.(name) === undefined ? undefined : started.get(name)),
      }));
    },
  },
  {
    breaks: "takes now for the time of use",
    caughtBy: "usedMs is what noteUse said last",
    open: () => withRecords(({ records }) => ({ noteUse: (name) => records.noteUse?.(name, Date.now()) })),
  },
  {
    breaks: "notes only later uses",
    caughtBy: "usedMs is what noteUse said last",
    open: () =>
      withRecords(({ records }) => ({
        noteUse: (name, atMs) => records.noteUse?.(name, Math.max(atMs, records.usedMs?.(name) ?? 0)),
      })),
  },
  {
    breaks: "notes the hour of a use",
    caughtBy: "usedMs is what noteUse said last",
    open: () =>
      withRecords(({ records }) => ({ noteUse: (name, atMs) => records.noteUse?.(name, atMs - (atMs % 3_600_000)) })),
  },
  {
    breaks: "loses what it notes a use of",
    caughtBy: "noteUse changes nothing",
    open: () =>
      withRecords(({ records }) => ({
        noteUse(name, atMs) {
          records.put(name, new Uint8Array(), {} as RecordIndex);
          records.noteUse?.(name, atMs);
        },
      })),
  },
  {
    breaks: "makes a record of a use",
    caughtBy: "of what is absent makes nothing",
    open: () =>
      withRecords(({ records }) => ({
        noteUse(name, atMs) {
          if (records.usedMs?.(name) === undefined) records.put(name, new Uint8Array(), {} as RecordIndex);
          records.noteUse?.(name, atMs);
        },
      })),
  },
  {
    breaks: "keeps the time of use of a record that was replaced",
    caughtBy: "put again was used just now",
    open: () =>
      withRecords(({ records }) => ({
        put(name, bytes, index) {
          const used = records.usedMs?.(name);
          records.put(name, bytes, index);
          if (used !== undefined) records.noteUse?.(name, used);
        },
      })),
  },
  {
    breaks: "takes any text for a record that was used",
    caughtBy: "usedMs and noteUse throw a TypeError",
    open: () =>
      withRecords(({ records }) => ({
        usedMs: (name) => (isEntryName(name) ? records.usedMs?.(name) : undefined),
      })),
  },
  {
    breaks: "brings the blob that the index names",
    caughtBy: "hit goes by what the record says",
    open: () => {
      const results = new Map<string, string>();
      const store = memoryStore();
      return {
        ...store,
        records: {
          ...store.records,
          put(name, bytes, index) {
            results.set(name, index.result);
            store.records.put(name, bytes, index);
          },
          hit: (name, admit, wanted) =>
            soundHit(store, name, admit, (record) => {
              const next = wanted(record);
              return next && { ...next, name: results.get(name) ?? next.name };
            }),
        },
      };
    },
  },
  {
    breaks: "brings a blob without asking whether it is admitted",
    caughtBy: "hit gives nothing of what is absent or refused",
    open: () =>
      withHit((store, name, admit, wanted) =>
        soundHit(store, name, admit, (record) => {
          const next = wanted(record);
          return next && { ...next, admit: () => true };
        }),
      ),
  },
  {
    breaks: "brings a record that was refused",
    caughtBy: "hit gives nothing of what is absent or refused",
    open: () =>
      withHit((store, name, admit, wanted) => soundHit(store, name, (...seen) => admit(...seen) || true, wanted)),
  },
  {
    breaks: "shows wanted half of the record",
    caughtBy: "hit gives the record that get gives",
    open: () =>
      withHit((store, name, admit, wanted) =>
        soundHit(store, name, admit, (record) => wanted(record.subarray(0, 4096))),
      ),
  },
  {
    breaks: "shows the sink of a blob nothing",
    caughtBy: "hit gives the record that get gives",
    open: () =>
      withHit((store, name, admit, wanted) =>
        soundHit(store, name, admit, (record) => {
          const next = wanted(record);
          return next && { ...next, admit: (head, size) => next.admit(head, size) !== false };
        }),
      ),
  },
  {
    breaks: "gives calls in the order in which they were put",
    caughtBy: "findByTime gives what matches in the order",
    open: () => withTimes((times) => times.map(([name]) => name)),
  },
  {
    breaks: "knows one order of time",
    caughtBy: "findByTime gives what matches in the order",
    open: () => withTimes((times) => [...times].sort((a, b) => a[1] - b[1]).map(([name]) => name)),
  },
  {
    breaks: "puts the first page of calls in order and loses the rest",
    caughtBy: "findByTime gives what matches in the order",
    open: () =>
      withTimes((times, which) => {
        const sorted = [...times].sort((a, b) => (which === "latest" ? b[1] - a[1] : a[1] - b[1]));
        return sorted.slice(0, 256).map(([name]) => name);
      }),
  },
  {
    breaks: "cannot be disposed of",
    caughtBy: "disposed of by using",
    open: () => ({ ...memoryStore(), [Symbol.dispose]: undefined }) as Store,
  },
  {
    breaks: "gives a lock to everybody",
    caughtBy: "given to one at a time",
    open: () => locked(() => ({ takes: () => true })),
  },
  {
    breaks: "gives locks of all names to one",
    caughtBy: "no obstacle to another",
    open: () => locked((locks) => ({ takes: () => locks.size === 0 })),
  },
  {
    breaks: "gives a lock back for whoever has it",
    caughtBy: "given back twice",
    open: () => locked(() => ({ mayRelease: () => true })),
  },
  {
    breaks: "names a lock alike each time it is taken",
    caughtBy: "another one when it is taken again",
    open: () => locked(() => ({ idOf: (name) => name })),
  },
  {
    breaks: "forgets what a lock waits for",
    caughtBy: "what its holder waits for",
    open: () => locked(() => ({ waitsOf: () => [] })),
  },
  {
    breaks: "takes any text for a lock",
    caughtBy: "any other is a TypeError",
    open: () => locked(() => ({ checks: false })),
  },
];

interface LockKept {
  readonly id: string;
  waits: readonly string[];
}

/** How locks can be wrong. */
interface LockFault {
  readonly takes?: (name: string) => boolean;
  readonly mayRelease?: () => boolean;
  readonly idOf?: (name: string) => string;
  readonly waitsOf?: () => readonly string[];
  readonly checks?: boolean;
}

/** A store in memory with locks, which are right but for this. */
export function locked(fault: (locks: ReadonlyMap<string, LockKept>) => LockFault = () => ({})): SyncStore {
  const locks = new Map<string, LockKept>();
  const { takes = (name) => !locks.has(name), mayRelease, idOf, waitsOf, checks = true } = fault(locks);
  let made = 0;
  return {
    ...memoryStore(),
    lock(name) {
      if (checks) assertEntryName(name);
      if (!takes(name)) {
        const [kept] = locks.has(name) ? [locks.get(name) as LockKept] : locks.values();
        const { id } = kept as LockKept;
        return {
          held: false,
          id,
          inherited: false,
          ours: true,
          holder: "us",
          waits: () => waitsOf?.() ?? (locks.get(name) as LockKept).waits,
        };
      }
      const lock: LockKept = { id: idOf?.(name) ?? String(made++), waits: [] };
      locks.set(name, lock);
      return {
        held: true,
        id: lock.id,
        inherited: false,
        noteWaits: (ids) => {
          lock.waits = ids;
        },
        release() {
          if (mayRelease?.() || locks.get(name) === lock) locks.delete(name);
        },
      };
    },
  };
}
