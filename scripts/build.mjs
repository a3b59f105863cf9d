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
import { lateParts } from "./late.mjs";

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
 * Puts the joined scripts in the place of those that tsc emitted: one file for everything that `index.js` has to read, which
 * the other entries share, one for each part that is loaded when it is needed, and one for what each entry has to itself.
 * Beside them, in `bundled/`, the same for bundlers: nothing there is loaded late.
 * @param {string} folder
 */
async function joinScripts(folder) {
  const { exports, bin = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const library = inputOf(
    folder,
    Object.values(exports).flatMap((entry) => entry.default ?? []),
  );
  const index = join(folder, "index.js");
  const late = lateParts(
    folder,
    index,
    Object.values(library).filter((path) => path !== index),
  );
  const scripts = [
    ...(await joined({ ...library, ...late.input }, late)),
    // A command is a process of its own, which has no use for parts.
    ...(await joined(inputOf(folder, Object.values(bin)))),
    ...(await joined(library)).map(([file, code]) => /** @type {const} */ ([`bundled/${file}`, code])),
  ];
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".js")) rmSync(join(folder, path));
  }
  for (const [file, code] of scripts) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), code);
  }
}

/**
 * Entries by the names of their files.
 * @param {string} folder
 * @param {string[]} files as package.json has them
 */
function inputOf(folder, files) {
  const entries = files.map((file) => file.replace(/^(\.\/)?dist\//, ""));
  return Object.fromEntries(entries.map((file) => [file.slice(0, -".js".length), join(folder, file)]));
}

/**
 * The scripts that these entries make. With `late`, what is early is one file, and parts are loaded by it.
 * @param {Record<string, string>} input
 * @param {ReturnType<typeof lateParts>} [late]
 */
async function joined(input, late) {
  const bundle = await rollup({
    input,
    plugins: [...(late === undefined ? [] : [late.plugin]), builtins(), inlined("js-tokens")],
    external: (id) => !/^([./\0]|node:|js-tokens$)/.test(id),
    treeshake: { moduleSideEffects: false },
    onwarn: (warning) => {
      throw new Error(`rollup: ${warning.message}`);
    },
  });
  const { output } = await bundle.generate({
    format: "es",
    chunkFileNames: "shared/[name].js",
    hoistTransitiveImports: false,
    manualChunks: (id) => late?.chunkOf(id),
  });
  for (const file of output) {
    const part = file.type === "chunk" && late?.isPart(file.fileName) === false && file.imports.find(late.isPart);
    if (part) throw new Error(`${file.fileName} imports ${part}, which is loaded late`);
  }
  return Promise.all(
    output.map(async (file) => {
      if (file.type !== "chunk") throw new Error(`${file.fileName} is no script`);
      const isPart = late?.isPart(file.fileName) === true;
      // Half of what importing costs is reading the text. Names stay, for stack traces.
      const { code } = await transform(file.code, {
        format: isPart ? "cjs" : "esm",
        define: isPart ? { "import.meta.url": "partUrl" } : {},
        minifyWhitespace: true,
        minifySyntax: true,
      });
      return /** @type {const} */ ([isPart ? file.fileName.replace(/js$/, "cjs") : file.fileName, code]);
    }),
  );
}

/**
 * Takes Node's modules by a call instead of an import: 2 of 15 ms, since Node makes a module with a list of exports for
 * each one that is imported. For each importer by itself, so that no file asks for what only others use.
 * @returns {import("rollup").Plugin}
 */
function builtins() {
  return {
    name: "builtins",
    resolveId: (id, importer) =>
      /^node:/.test(id) ? { id: `\0${id} for ${importer}`, syntheticNamedExports: true } : null,
    load(id) {
      const name = /^\0(node:\S+) for /.exec(id)?.[1];
      return name === undefined ? null : `export default /*@__PURE__*/ process.getBuiltinModule("${name}");`;
    },
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
