// @ts-check
// What a fresh process of figures/start.mjs opens, and no more: each module that it loads is counted.
import { openCache } from "../dist/index.js";
import { sqliteStore } from "../dist/sqlite.js";

/** @param {string} directory */
export function openSubject(directory) {
  return openCache({
    store: sqliteStore({ path: `${directory}/fleche.db` }),
    secretKey: "8f2d1c0b9a79685746352413f2e1d0cf8e7d6c5b4a39281706f5e4d3c2b1a098",
  });
}
