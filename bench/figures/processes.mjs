// @ts-check
// Eight processes on one store for five seconds after they are warm, 20 % writes: calls a second of all of them, errors, and
// values that are not whole. The control writes files in place, and must show torn reads: else the others' zeros would mean nothing.
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const PROCESSES = 8;
const SECONDS = 5;
const ROUNDS = 3;
const SUBJECTS = /** @type {const} */ ([
  ["sqlite", "fleche: SQLite"],
  ["file", "fleche: files"],
  ["keyv", "keyv on SQLite"],
  ["control", "control: files written in place"],
]);

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function processes({ directory }) {
  /** @type {Map<string, { rates: number[], errors: number, torn: number, error: string }>} */
  const found = new Map(SUBJECTS.map(([, name]) => [name, { rates: [], errors: 0, torn: 0, error: "" }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [subject, name] of SUBJECTS) {
      const folder = join(directory, "processes", subject);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const workers = Array.from({ length: PROCESSES }, (_, i) =>
        work([subject, folder, `${round}-${i}`, String(SECONDS)]),
      );
      const reports = await Promise.all(workers);
      const all = /** @type {NonNullable<ReturnType<typeof found.get>>} */ (found.get(name));
      all.rates.push(reports.reduce((sum, { calls }) => sum + calls, 0) / SECONDS);
      for (const { errors, torn, error } of reports) {
        all.errors += errors;
        all.torn += torn;
        all.error ||= error;
      }
    }
  }
  if ((found.get("control: files written in place")?.torn ?? 0) === 0)
    throw new Error("the control shows no torn reads");
  const rows = [...found];
  const counted = (/** @type {(of: { errors: number, torn: number }) => number} */ of) =>
    rows.map(([name, all]) => ({ name, p50: of(all), p99: of(all), samples: ROUNDS }));
  for (const [name, { error }] of rows) if (error !== "") console.log(`  first error of ${name}: ${error}`);
  return [
    {
      group: `calls a second, ${PROCESSES} processes`,
      unit: "calls/s",
      timings: rows.map(([name, { rates }]) => ({
        name,
        p50: middle(rates),
        p99: Math.min(...rates),
        samples: rates.length,
      })),
      reference: "keyv on SQLite",
    },
    { group: "calls that failed", unit: "calls", timings: counted(({ errors }) => errors) },
    { group: "values that were not whole", unit: "values", timings: counted(({ torn }) => torn) },
  ];
}

/** @param {readonly string[]} args @returns {Promise<{ calls: number, errors: number, torn: number, error: string }>} */
function work(args) {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "../worker.mjs"), [...args], {
      stdio: ["ignore", "inherit", "ignore", "ipc"],
    });
    child.once("message", (report) => resolve(/** @type {never} */ (report)));
    child.once("exit", (code) => reject(new Error(`a worker ended with ${code} and no report`)));
  });
}

/** @param {readonly number[]} numbers */
function middle(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
