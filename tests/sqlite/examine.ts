// Looks at a database after a crowd has used it: whether SQLite finds it sound, and every entry whole or absent.
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { sqliteStore } from "../../src/sqlite.ts";
import { edit } from "./folder.ts";

/** What is wrong with it; nothing, one hopes. */
export function problemsOf(path: string): string[] {
  const problems: string[] = [];
  const store = sqliteStore({ path });
  const whole = (name: string, bytes: Uint8Array | undefined): boolean =>
    bytes !== undefined &&
    Buffer.from(bytes.subarray(0, 32)).toString("hex") === name &&
    createHash("sha256").update(bytes.subarray(64)).digest().equals(bytes.subarray(32, 64));
  for (const name of store.blobs.list()) {
    if (!whole(name, store.blobs.get(name))) problems.push(`blob ${name} is torn or lost`);
  }
  for (const name of store.records.list()) {
    if (!whole(name, store.records.get(name))) problems.push(`record ${name} is torn or lost`);
    const found = [...store.records.find({ arguments: [["i", name]] })];
    if (found.join() !== name) problems.push(`record ${name} is found as ${found}`);
  }
  store.close();
  return [...problems, ...edit(path, (database) => soundness(database, path))];
}

function soundness(database: Parameters<Parameters<typeof edit>[1]>[0], path: string): string[] {
  const problems: string[] = [];
  const check = String(database.prepare("PRAGMA integrity_check").get()?.integrity_check);
  if (check !== "ok") problems.push(check);
  const side = "SELECT count(*) AS count FROM arguments WHERE record NOT IN (SELECT id FROM records)";
  if (Number(database.prepare(side).get()?.count) !== 0) problems.push("arguments of no record");
  for (const table of ["blobs", "records"]) {
    const twice = `SELECT count(*) - count(DISTINCT name) AS count FROM ${table}`;
    if (Number(database.prepare(twice).get()?.count) !== 0) problems.push(`a name that stands twice in ${table}`);
  }
  // Every file has a row, or is on the list of what is to be removed.
  const rows =
    "SELECT file FROM blobs WHERE file NOTNULL UNION ALL SELECT file FROM records WHERE file NOTNULL UNION ALL SELECT file FROM litter";
  const known = new Set(
    database
      .prepare(rows)
      .all()
      .map(({ file }) => Buffer.from(file as Uint8Array).toString("hex")),
  );
  const folder = `${path}-files/bodies`;
  for (const shard of existsSync(folder) ? readdirSync(folder) : []) {
    for (const rest of readdirSync(`${folder}/${shard}`)) {
      if (!known.has(shard + rest)) problems.push(`file ${shard}${rest} belongs to nobody`);
    }
  }
  return problems;
}
