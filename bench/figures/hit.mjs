// @ts-check
// A hit: three scalar arguments and a small result, found again. Ours signed and verified, but where it says unsigned.
import { join } from "node:path";
import { floorFiles, floorHit, floorKey, floorOpen, floorSqlite } from "../floor.mjs";
import { compare } from "../harness.mjs";
import { IN_MEMORY, PERSISTENT, peerHits } from "../peers.mjs";
import { startPython } from "../python.mjs";
import {
  argumentsOf,
  CALLS,
  databaseIn,
  openSubject,
  SECRET_KEY,
  sqliteDriver,
  warmed,
  warmedAsync,
} from "../subject.mjs";

const CALL_ARGUMENTS = Array.from({ length: CALLS }, (_, i) => argumentsOf(i));
/** @param {number} i */
const nth = (i) => /** @type {[number, number, string]} */ (CALL_ARGUMENTS[i % CALLS]);

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function hit({ directory, notes }) {
  const folder = join(directory, "hit");
  const subjects = [];
  for (const [kind, name, options] of /** @type {const} */ ([
    ["memory", "fleche: memory", {}],
    ["file", "fleche: files", {}],
    ["file", "fleche: files, unsigned", { signed: false }],
    ["sqlite", "fleche: SQLite", {}],
    ["file", "fleche: files, verified bytes kept", { keepVerifiedBytes: 1 << 24 }],
    ["sqlite", "fleche: SQLite, verified bytes kept", { keepVerifiedBytes: 1 << 24 }],
  ])) {
    const cache = openSubject(kind, join(folder, name), options);
    const call = warmed(cache);
    const later = await warmedAsync(cache);
    subjects.push({ name, kind, call, directory: join(folder, name) });
    subjects.push({ name: `${name}, async`, kind, call: later, async: true, directory: join(folder, name) });
  }
  const plain = subjects.filter(({ async = false }) => !async);
  const files = must(plain.find(({ name }) => name === "fleche: files"));
  const sqlite = must(plain.find(({ name }) => name === "fleche: SQLite"));
  const { codeDigest } = files.call.call(...nth(0));
  const keyOf = floorKey("simulate", codeDigest, ["temperature", "steps", "label"]);
  // The floor is one only if it is of the same calls.
  if (keyOf(nth(7)) !== files.call.digest(...nth(7))) throw new Error("the floor names calls in another way");
  const open = floorOpen(SECRET_KEY);
  const onFiles = floorHit(keyOf, open, floorFiles(join(files.directory, "files")));
  const onSqlite = floorHit(keyOf, open, floorSqlite(databaseIn(sqlite.directory), sqliteDriver()));
  const ours = subjects.map(({ name, call, async: waits = false }) => ({
    name,
    async: waits,
    call: (/** @type {number} */ i) => call(...nth(i)),
  }));
  const python = await startPython(
    [
      ["hit of diskcache", "diskcache (Python)"],
      ["hit of joblib", "joblib (Python)"],
      ["hit of same rule", "the same rule in Python, files"],
    ],
    folder,
  );
  notes(python.versions);
  const timings = await compare([
    { name: "floor: files", call: (i) => onFiles(nth(i)) },
    { name: "floor: SQLite", call: (i) => onSqlite(nth(i)) },
    { name: "floor: lookup key", call: (i) => keyOf(nth(i)) },
    ...ours,
    ...(await peerHits(PERSISTENT, folder)),
    ...(await peerHits(IN_MEMORY, folder)),
    ...python.candidates,
  ]);
  python.close();
  return [
    {
      group: "hit, 3 scalars",
      timings,
      references: {
        "fleche: files": "floor: files",
        "fleche: files, async": "floor: files",
        "fleche: files, unsigned": "floor: files",
        "fleche: files, unsigned, async": "floor: files",
        "fleche: memory": "floor: lookup key",
        "fleche: files, verified bytes kept": "floor: lookup key",
        "fleche: files, verified bytes kept, async": "floor: lookup key",
        "fleche: SQLite, verified bytes kept": "floor: lookup key",
        "fleche: SQLite, verified bytes kept, async": "floor: lookup key",
        "fleche: memory, async": "floor: lookup key",
      },
      reference: "floor: SQLite",
    },
  ];
}

/** @template T @param {T | undefined} value @returns {T} */
function must(value) {
  if (value === undefined) throw new Error("missing");
  return value;
}
