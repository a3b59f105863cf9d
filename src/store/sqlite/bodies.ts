/**
 * Bodies too large for a row: files beside the database, each under a random name that a row holds. A file is written
 * before the row that names it and removed after it, so a row's file is whole; files that lost their row, or never got it,
 * stand in the table `litter` and are removed when the store is opened a day later. No file is ever written over.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { StoreError } from "../../errors.ts";
import { removeAbandoned } from "../file/file.ts";
import { fileShelf } from "../file/shelf.ts";
import { type FileSystem, messageOf } from "../file/system.ts";
import type { Admit, Room } from "../store.ts";
import type { Connection, Sql } from "./connection.ts";

/** The largest body that lies in its row, in bytes: beyond it a file is faster to read, and is read only as far as wanted. */
export const INLINE_BYTES: number = 64 * 1024;

/** How old litter must be for its writer to be taken for dead. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** How much litter is removed when a store is opened, so that opening never takes long. */
const SWEPT_AT_ONCE = 1_000;

/** What was read, or that there is no such file. */
export type FoundBody = { readonly bytes: Uint8Array | undefined } | undefined;

/** Files by the names that rows hold. */
export interface Bodies {
  /** Writes a new file and returns its name, which is litter until {@link Bodies.keep} is told otherwise. */
  write(pieces: readonly Uint8Array[]): Uint8Array;
  /** Part of the transaction in which a row gets this file. */
  keep(sql: Sql, file: Uint8Array): void;
  /** Part of the transaction in which a row loses this file. */
  forsake(sql: Sql, file: Uint8Array): void;
  /** Removes files that no row names any more. Quiet: what cannot be removed now is litter. */
  remove(file: Uint8Array): void;
  /** The bytes, `undefined` in them where `admit` said no. */
  read(file: unknown, admit: Admit | undefined, room?: Room): FoundBody;
  /** As `read`, without blocking anybody. */
  readLater(file: unknown, admit: Admit | undefined, room?: Room): Promise<FoundBody>;
  /** Removes what dead writers have left. Quiet. */
  sweep(): void;
}

/** The files of one database, in the directory `<database>-files`. */
export function bodyFiles(connection: Connection, durable: boolean, files: FileSystem): Bodies {
  const root = `${connection.path}-files`;
  const shelf = fileShelf({ root, folder: "bodies", temporary: "tmp", durable, files });

  /** Whether the directory is there. A link in its place would lead out of the cache. */
  const isMade = (): boolean => {
    const stats = files.lstat(root);
    if (stats !== undefined && !stats.isDirectory()) {
      throw new StoreError(`${root} is not a directory`, "not-a-regular-file");
    }
    return stats !== undefined;
  };
  const isMadeFor = (file: unknown): file is Uint8Array => {
    if (!isFileName(file)) throw new StoreError("a row names no file of ours", "not-a-regular-file");
    return isMade();
  };
  const makeRoot = (): void => {
    try {
      if (isMade()) return;
      files.mkdir(root, 0o700, true);
      // Whatever the umask took away.
      files.chmod(root, 0o700);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError(`cannot make ${root}: ${messageOf(cause)}`, "io-error", { cause });
    }
  };
  const remove = (file: Uint8Array): void => {
    try {
      if (isMade()) shelf.delete(hexOf(file));
      connection.write((sql) => sql("DELETE FROM litter WHERE file = ?").run(file));
    } catch {
      // It stays in the list of litter.
    }
  };

  return {
    write(pieces) {
      const file = randomBytes(32);
      makeRoot();
      connection.write((sql) => sql("INSERT INTO litter (file, since_ms) VALUES (?, ?)").run(file, Date.now()));
      try {
        shelf.putPieces(hexOf(file), pieces);
      } catch (error) {
        remove(file);
        throw error;
      }
      return file;
    },
    keep(sql, file) {
      sql("DELETE FROM litter WHERE file = ?").run(file);
    },
    forsake(sql, file) {
      sql("INSERT OR REPLACE INTO litter (file, since_ms) VALUES (?, ?)").run(file, Date.now());
    },
    remove,
    read(file, admit, room) {
      const noted = noteFound(admit);
      const bytes = isMadeFor(file) ? shelf.get(hexOf(file), noted.admit, room) : undefined;
      return noted.found() ? { bytes } : undefined;
    },
    async readLater(file, admit, room) {
      const noted = noteFound(admit);
      const bytes = isMadeFor(file) ? await shelf.getLater(hexOf(file), noted.admit, room) : undefined;
      return noted.found() ? { bytes } : undefined;
    },
    sweep() {
      try {
        const old = connection.read((sql) =>
          sql("SELECT file FROM litter WHERE since_ms < ? LIMIT ?").all(Date.now() - ABANDONED_MS, SWEPT_AT_ONCE),
        );
        for (const { file } of old) if (isFileName(file)) remove(file);
        if (isMade()) removeAbandoned(join(root, "tmp"), files);
      } catch {
        // Never a reason not to open the store; it will be swept again.
      }
    },
  };
}

/** Notes whether there was anything to be asked about. */
function noteFound(admit: Admit | undefined): { readonly admit: Admit; found(): boolean } {
  let found = false;
  return {
    admit(head, size, writtenMs) {
      found = true;
      return admit === undefined || admit(head, size, writtenMs);
    },
    found: () => found,
  };
}

/** Whether a row's column can name a file: the database may be an attacker's. */
export function isFileName(file: unknown): file is Uint8Array {
  return file instanceof Uint8Array && file.length === 32;
}

function hexOf(file: Uint8Array): string {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString("hex");
}
