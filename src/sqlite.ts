/** `fleche/sqlite`: the store in a SQLite database. A subpath, because on Node 20 it needs a package that not everybody has. */
export type { SqliteRecords } from "./store/sqlite/records.ts";
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from "./store/sqlite/sqlite.ts";
