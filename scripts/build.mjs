// @ts-check
// src → dist. Compiles beside dist and swaps at the end, so a failed build leaves the old one and others hardly see a gap.
// tsc turns `./x.ts` into `./x.js` in the scripts it emits but not in the declarations; that is done here.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
    rmSync(dist, { recursive: true, force: true });
    renameSync(staging, dist);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
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
