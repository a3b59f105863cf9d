// @ts-check
// What is measured: fleche as a user opens it, in a directory of the bench. Everything is signed unless it says otherwise.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileStore, fleche, memoryStore, openCache } from "../dist/index.js";
import { sqliteStore } from "../dist/sqlite.js";

export const SECRET_KEY = "8f2d1c0b9a79685746352413f2e1d0cf8e7d6c5b4a39281706f5e4d3c2b1a098";

/** @typedef {"memory" | "file" | "sqlite"} Kind */
/** @typedef {{ signed?: boolean, secretKey?: string, keepVerifiedBytes?: number, durability?: "process" | "power" }} Options */

/**
 * A cache of its own in a directory.
 * @param {Kind} kind @param {string} directory @param {Options} [options]
 */
export function openSubject(
  kind,
  directory,
  { signed = true, secretKey = SECRET_KEY, keepVerifiedBytes = 0, durability = "process" } = {},
) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const store =
    kind === "memory"
      ? memoryStore()
      : kind === "file"
        ? fileStore({ root: join(directory, "files"), durability })
        : sqliteStore({ path: databaseIn(directory), durability });
  return openCache({ store, keepVerifiedBytes, ...(signed ? { secretKey } : { keys: null }) });
}

/** @param {string} directory */
export function databaseIn(directory) {
  return join(directory, "fleche.db");
}

/** The driver that fleche uses too: Node's own where there is one, else the package. */
export function sqliteDriver() {
  const require = createRequire(import.meta.url);
  try {
    return require("node:sqlite").DatabaseSync;
  } catch {
    return require("@photostructure/sqlite").DatabaseSync;
  }
}

/** A function of three scalars with a small result. Nothing captured, as in most programs that are measured. */
export function simulate(/** @type {number} */ temperature, /** @type {number} */ steps, /** @type {string} */ label) {
  return { energy: temperature * steps, label, converged: true };
}

/** How many different calls the hits go through in turn. */
export const CALLS = 256;

/** @param {number} i @returns {[number, number, string]} arguments that differ for each i */
export function argumentsOf(i) {
  return [i + 0.5, i % 32_768, `run ${i}`];
}

/**
 * The function, cached, with {@link CALLS} calls stored.
 * @param {ReturnType<typeof openSubject>} cache
 * @param {import("../dist/index.js").FlecheOptions} [options]
 */
export function warmed(cache, options = {}) {
  const cached = fleche(simulate, { cache, ...options });
  for (let i = 0; i < CALLS; i++) cached(...argumentsOf(i));
  return cached;
}

/** As {@link warmed}, for an asynchronous function. @param {ReturnType<typeof openSubject>} cache */
export async function warmedAsync(cache) {
  // What `simulate` does, written out: a function that it used would be a part of it to be looked at.
  const cached = fleche(
    async function simulateLater(
      /** @type {number} */ temperature,
      /** @type {number} */ steps,
      /** @type {string} */ label,
    ) {
      return { energy: temperature * steps, label, converged: true };
    },
    { cache },
  );
  for (let i = 0; i < CALLS; i++) await cached(...argumentsOf(i));
  return cached;
}
