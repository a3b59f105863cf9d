/** Values by their digest, in the table `blobs`. */
import type { SyncBlobStore } from "../store.ts";
import type { Bodies } from "./bodies.ts";
import type { Connection } from "./connection.ts";
import { entries } from "./entries.ts";
import type { Puts } from "./puts.ts";

/** The blobs of a database. */
export function sqliteBlobs(connection: Connection, bodies: Bodies, puts: Puts): SyncBlobStore {
  const { put, delete: remove, ...others } = entries("blobs", connection, bodies, puts);
  return { ...others, put: (name, bytes) => put(name, bytes), delete: (name) => remove(name) };
}
