// @ts-check
// src → dist. Compiles beside dist and swaps at the end, so a failed build leaves the old one and others hardly see a gap.
// tsc checks and emits; then the scripts are joined into one file for each entry and the parts that entries share, since
// Node takes 0.3 ms to load a module and there are more than a hundred. Declarations stay as they are, file by file.
// tsc turns `./x.ts` into `./x.js` in the scripts it emits but not in the declarations; that is done here.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import ts from "typescript";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
mkdirSync(join(root, ".build"), { recursive: true });
const staging = mkdtempSync(join(root, ".build", "dist-"));

try {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", staging, "--noEmitOnError"];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
  if (status === 0) {
    for (const path of readdirSync(staging, { recursive: true, encoding: "utf8" })) {
      if (path.endsWith(".d.ts")) rewriteSpecifiers(join(staging, path));
    }
    await joinScripts(staging);
    rmSync(dist, { recursive: true, force: true });
    // A temporary folder is made for its owner alone.
    chmodSync(staging, 0o755);
    renameSync(staging, dist);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/**
 * Puts the joined scripts in the place of those that tsc emitted.
 * @param {string} folder
 */
async function joinScripts(folder) {
  const { exports, bin = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  /** @param {string} file */
  const staged = (file) => join(folder, file.replace(/^(\.\/)?dist\//, ""));
  const library = Object.values(exports).flatMap((entry) => entry.default ?? []);
  const joined = join(folder, ".joined");
  /** @type {import("esbuild").BuildOptions} */
  const options = {
    outdir: joined,
    outbase: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [inlined("js-tokens")],
    chunkNames: "shared/[hash]",
    // Half of what importing costs is reading the text. Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
  };
  // What the library's entries share is one thing in a process. A command is a process of its own, and would only split
  // what they share into smaller files.
  await build({ ...options, splitting: true, entryPoints: library.map(staged) });
  await build({ ...options, entryPoints: Object.values(bin).map(staged) });
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".js") && !path.startsWith(".joined")) rmSync(join(folder, path));
  }
  cpSync(joined, folder, { recursive: true });
  rmSync(joined, { recursive: true });
}

/**
 * Joins one package into ours, so that importing loads no other file, also where a program is bundled.
 * @param {string} name
 * @returns {import("esbuild").Plugin}
 */
function inlined(name) {
  const path = join(root, "node_modules", name, "index.js");
  return {
    name: `inline ${name}`,
    setup: (build) => build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path })),
  };
}

/** @param {string} file a declaration file, rewritten in place */
function rewriteSpecifiers(file) {
  let text = readFileSync(file, "utf8");
  // From the last to the first, so that the earlier positions stay true.
  const found = ts.preProcessFile(text, true, true).importedFiles.sort((a, b) => b.pos - a.pos);
  for (const { fileName, pos } of found) {
    if (!/^\.\.?\/.*\.ts$/.test(fileName)) continue;
    const start = text.indexOf(fileName, pos);
    const end = start + fileName.length;
    text = `${text.slice(0, end - "ts".length)}js${text.slice(end)}`;
  }
  writeFileSync(file, text);
}
