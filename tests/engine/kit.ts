/**
 * What the flow tests look through: events as lines, warnings as lines, a store that answers when it is told to, a store
 * that fails when it is told to.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import {
  type BlobStore,
  type CallEvent,
  memoryStore,
  type RecordStore,
  type Store,
  StoreError,
  type StoreEvent,
  type SyncStore,
} from "fleche";
import { onTestFinished, vi } from "vitest";

/** What happens from now on in this test, a line for each event; calls are numbered in the order in which they appear. */
export function traceCalls(also: { readonly store?: boolean } = {}): string[] & { take(): string[] } {
  const lines: string[] = [];
  const labels = new Map<string, string>();
  const label = (name: string, key: string): string => {
    let known = labels.get(key);
    if (known === undefined) {
      const others = [...labels.values()].filter((other) => other.startsWith(`${name}#`)).length;
      known = `${name}#${others + 1}`;
      labels.set(key, known);
    }
    return known;
  };
  listen("fleche:call", (event: CallEvent) => {
    const { step, name, lookupKey, reason, problem } = event;
    const who = lookupKey === undefined ? name : label(name, lookupKey);
    lines.push([who, step, reason, problem].filter((part) => part !== undefined).join(" "));
  });
  if (also.store) {
    listen("fleche:store", ({ operation, outcome, entry, reason }: StoreEvent) => {
      const what = labels.get(entry) ?? "value";
      lines.push(["  store:", operation, what, outcome, reason].filter((part) => part !== undefined).join(" "));
    });
  }
  return Object.defineProperty(lines, "take", { value: () => lines.splice(0) }) as string[] & { take(): string[] };
}

function listen<T>(name: string, listener: (event: T) => void): void {
  const events = channel(name) as Channel<unknown, T>;
  const heard = (event: unknown): void => listener(event as T);
  events.subscribe(heard);
  onTestFinished(() => {
    events.unsubscribe(heard);
  });
}

/** The warnings printed from now on in this test; they are not shown. */
export function traceWarnings(): string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(console, "warn").mockImplementation((...words: unknown[]) => {
    lines.push(words.map(String).join(" "));
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return lines;
}

/** A promise that somebody else settles. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  // Whoever waits is told; where nobody waits any more, that is no crash.
  opened.catch(() => {});
  return { opened, open, fail };
}

/** Lets everything run that can run without a timer or an I/O. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve();
}

type Operation = `${"blobs" | "records"}.${"get" | "put" | "has" | "delete" | "list" | "find"}`;

/** Each operation of a store, before it is carried out. */
type Before<T> = (operation: Operation) => T;

/** A store that answers with promises, each when `before` says so; by default after some turns of the microtask queue. */
export function laterStore(
  store: SyncStore = memoryStore(),
  before: Before<PromiseLike<void> | void> = () => {},
): Store {
  return wrapped(store, (operation, act) => {
    const later = async (): Promise<unknown> => {
      await Promise.resolve();
      await before(operation);
      return act();
    };
    return later();
  });
}

/** A store whose operations fail where `before` throws. */
export function faultyStore(before: Before<void>, store: SyncStore = memoryStore()): SyncStore {
  const faulty = wrapped(store, (operation, act) => {
    before(operation);
    return act();
  });
  return { ...(faulty as SyncStore), sync: true, close() {}, [Symbol.dispose]() {} };
}

/** What a store says that is down. */
export function down(): StoreError {
  return new StoreError("the disk is on fire", "io-error");
}

function wrapped(store: SyncStore, carry: (operation: Operation, act: () => unknown) => unknown): Store {
  const shelf = (name: "blobs" | "records"): object => {
    const methods = Object.entries(store[name]) as [string, (...args: unknown[]) => unknown][];
    return Object.fromEntries(
      methods.map(([method, act]) => {
        const operation = `${name}.${method}` as Operation;
        if (method !== "list" && method !== "find") {
          return [method, (...args: unknown[]) => carry(operation, () => act(...args))];
        }
        return [
          method,
          (...args: unknown[]) => {
            const answer = carry(operation, () => act(...args));
            return answer instanceof Promise ? lazily(answer as Promise<Iterable<string>>) : answer;
          },
        ];
      }),
    );
  };
  return {
    sync: false,
    private: store.private,
    blobs: shelf("blobs") as BlobStore,
    records: shelf("records") as RecordStore,
    close: async () => {},
  };
}

async function* lazily(names: Promise<Iterable<string>>): AsyncGenerator<string> {
  yield* await names;
}
