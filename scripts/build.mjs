// @ts-check
// src → dist. Compiles beside dist and swaps at the end, so a failed build leaves the old one and others hardly see a gap.
// tsc checks and emits; then the scripts are joined into one file for each entry and the parts that entries share, since
// Node takes 0.3 ms to load a module and there are more than a hundred. Declarations stay as they are, file by file.
// tsc turns `./x.ts` into `./x.js` in the scripts it emits but not in the declarations; that is done here.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { rollup } from "rollup";
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
 * Puts the joined scripts in the place of those that tsc emitted: one file for everything that `index.js` imports, which
 * the other entries share, and one for what each of them has to itself.
 * @param {string} folder
 */
async function joinScripts(folder) {
  const { exports, bin = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = [...Object.values(exports).flatMap((entry) => entry.default ?? []), ...Object.values(bin)];
  const entries = files.map((/** @type {string} */ file) => file.replace(/^(\.\/)?dist\//, ""));
  const input = Object.fromEntries(entries.map((file) => [file.slice(0, -".js".length), join(folder, file)]));
  const bundle = await rollup({
    input,
    plugins: [builtins(), inlined("js-tokens")],
    external: (id) => !/^([./\0]|node:|js-tokens$)/.test(id),
    treeshake: { moduleSideEffects: false },
    onwarn: (warning) => {
      throw new Error(`rollup: ${warning.message}`);
    },
  });
  /** @type {Set<string> | undefined} */
  let core;
  const { output } = await bundle.generate({
    format: "es",
    chunkFileNames: "shared/[name].js",
    hoistTransitiveImports: false,
    manualChunks: (id, { getModuleInfo }) => {
      core ??= importedBy(join(folder, "index.js"), getModuleInfo);
      return core.has(id) ? "core" : undefined;
    },
  });
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".js")) rmSync(join(folder, path));
  }
  for (const file of output) {
    if (file.type !== "chunk") throw new Error(`${file.fileName} is no script`);
    // Half of what importing costs is reading the text. Names stay, for stack traces.
    const { code } = await transform(file.code, { format: "esm", minifyWhitespace: true, minifySyntax: true });
    mkdirSync(dirname(join(folder, file.fileName)), { recursive: true });
    writeFileSync(join(folder, file.fileName), code);
  }
}

/**
 * The modules that one imports, itself included.
 * @param {string} entry
 * @param {import("rollup").GetModuleInfo} getModuleInfo
 */
function importedBy(entry, getModuleInfo) {
  const found = new Set([entry]);
  for (const id of found) {
    for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  return found;
}

/**
 * Takes Node's modules by a call instead of an import: 2 of 15 ms, since Node makes a module with a list of exports for
 * each one that is imported.
 * @returns {import("rollup").Plugin}
 */
function builtins() {
  return {
    name: "builtins",
    resolveId: (id) => (id.startsWith("node:") ? { id: `\0${id}`, syntheticNamedExports: true } : null),
    load: (id) =>
      id.startsWith("\0node:")
        ? `export default /*@__PURE__*/ process.getBuiltinModule(${JSON.stringify(id.slice(1))});`
        : null,
  };
}

/**
 * Joins one package into ours, so that importing loads no other file, also where a program is bundled.
 * @param {string} name
 * @returns {import("rollup").Plugin}
 */
function inlined(name) {
  const path = createRequire(import.meta.url).resolve(name);
  return { name: `inline ${name}`, resolveId: (id) => (id === name ? path : null) };
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
