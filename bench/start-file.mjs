// @ts-check
// What a fresh process of figures/start.mjs opens, and no more: each module that it loads is counted.
import { fileStore, openCache } from "../dist/index.js";

/** @param {string} directory */
export function openSubject(directory) {
  return openCache({
    store: fileStore({ root: directory }),
    secretKey: "8f2d1c0b9a79685746352413f2e1d0cf8e7d6c5b4a39281706f5e4d3c2b1a098",
  });
}
