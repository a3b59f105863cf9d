/**
 * Puts of entries, each a transaction, or several in one: a transaction takes 20 µs whatever is in it. Puts of a batch wait
 * until its work is over, so that nobody is kept from writing while something is encoded or sealed. What a put writes is
 * its table's business.
 */
import type { Bodies } from "./bodies.ts";
import type { Connection, Sql } from "./connection.ts";

/** An entry to be put. */
export interface Put {
  /** The file that its body was written to; `null` where it lies in the row. */
  readonly file: Uint8Array | null;
  /** Writes the row; returns the file that it named before. */
  write(sql: Sql): Uint8Array | undefined;
  /** Told when the transaction ended. */
  readonly ended?: ((committed: boolean) => void) | undefined;
}

/** Puts into one database. */
export interface Puts {
  /** Puts an entry: now, or within a batch at its end. */
  put(entry: Put): void;
  /** Runs `work`, and then does what it put in one transaction. Where either fails, nothing was put. */
  batch<T>(work: () => T): T;
}

/** Puts through a connection. */
export function startPuts(connection: Connection, bodies: Bodies): Puts {
  let waiting: Put[] | undefined;
  const undo = (puts: readonly Put[]): void => {
    for (const { file, ended } of puts) {
      ended?.(false);
      if (file !== null) bodies.remove(file);
    }
  };
  const putAll = (puts: readonly Put[]): void => {
    let replaced: (Uint8Array | undefined)[];
    try {
      replaced = connection.write((sql) =>
        puts.map(({ file, write }) => {
          const before = write(sql);
          if (file !== null) bodies.keep(sql, file);
          if (before !== undefined) bodies.forsake(sql, before);
          return before;
        }),
      );
    } catch (error) {
      undo(puts);
      throw error;
    }
    for (const { ended } of puts) ended?.(true);
    for (const file of replaced) if (file !== undefined) bodies.remove(file);
  };
  return {
    put(entry) {
      if (waiting === undefined) putAll([entry]);
      else waiting.push(entry);
    },
    batch(work) {
      // A batch in a batch is a part of it.
      if (waiting !== undefined) return work();
      const puts: Put[] = [];
      waiting = puts;
      let result: ReturnType<typeof work>;
      try {
        result = work();
      } catch (error) {
        undo(puts);
        throw error;
      } finally {
        waiting = undefined;
      }
      if (puts.length > 0) putAll(puts);
      return result;
    },
  };
}
