// @ts-check
// A miss: a new call each time, looked for, run and stored, arguments too. Nothing is deleted between rounds: after that
// ext4 makes files slowly for a while.
import { join } from "node:path";
import { fleche } from "../../dist/index.js";
import { compare } from "../harness.mjs";
import { PERSISTENT, peerMisses } from "../peers.mjs";
import { startPython } from "../python.mjs";
import { argumentsOf, openSubject, simulate } from "../subject.mjs";

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function miss({ directory, notes }) {
  const folder = join(directory, "miss");
  const subjects = /** @type {const} */ ([
    ["memory", "process", true],
    ["file", "process", true],
    ["file", "process", false],
    ["file", "power", true],
    ["sqlite", "process", true],
    ["sqlite", "process", false],
    ["sqlite", "power", true],
  ]);
  const ours = subjects.map(([kind, durability, storeArguments]) => {
    const survives =
      kind === "memory" ? "" : durability === "power" ? ", survives a power failure" : ", survives a kill";
    const name = `fleche: ${kind}${survives}${storeArguments ? "" : ", no arguments kept"}`;
    const cached = fleche(simulate, { cache: openSubject(kind, join(folder, name), { durability }), storeArguments });
    return { name, call: (/** @type {number} */ i) => cached(...argumentsOf(i)) };
  });
  const python = await startPython(
    [
      ["miss of diskcache", "diskcache (Python)"],
      ["miss of joblib", "joblib (Python)"],
      ["miss of same rule", "the same rule in Python, files"],
    ],
    folder,
  );
  notes(python.versions);
  const timings = await compare([...ours, ...(await peerMisses(PERSISTENT, folder)), ...python.candidates], {
    rounds: 20,
  });
  python.close();
  return [{ group: "miss, 3 scalars, stored", timings, reference: "keyv on SQLite" }];
}
