/** The esbuild that Vite brings along, for tests that need a bundle at once. */
import { createRequire } from "node:module";

interface Esbuild {
  buildSync(options: object): unknown;
}

const fromVite = createRequire(createRequire(import.meta.url).resolve("vite"));

export const esbuild = fromVite("esbuild") as Esbuild;
