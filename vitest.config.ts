import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** Paths from here, whatever the working directory. */
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  // Tests that name the package as its users do get the sources. Child processes get dist, which `npm test` builds.
  resolve: {
    alias: [
      { find: /^fleche$/, replacement: path("src/index.ts") },
      { find: /^fleche\/pickle$/, replacement: path("src/pickle.ts") },
      { find: /^fleche\/sqlite$/, replacement: path("src/sqlite.ts") },
      { find: /^fleche\/testing$/, replacement: path("src/testing/index.ts") },
    ],
  },
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env.SLOW ? [] : ["tests/slow/**"])],
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ["default"],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reportsDirectory: ".build/coverage" },
  },
});
