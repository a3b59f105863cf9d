// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources stand here
// Proves that no check is idle: takes one check at a time out of a copy of the sources, runs the attack suite from that
// copy in a process of its own, and expects a case to fail. Prints which case caught what; exits 1 where none did.
// The checkout is not touched; the copies lie under .build/. `node scripts/mutations.mjs key-text` tries one file only.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const root = dirname(import.meta.dirname);

/** Where checks are looked for. Those of a reader that the suites do not reach are tried by tests, too. */
const FILES = [
  "seal/open.ts",
  "seal/key-ring.ts",
  "seal/key-source.ts",
  "seal/key-text.ts",
  "seal/key-policy.ts",
  "seal/mac.ts",
  "seal/seal.ts",
  "vault/read-entry.ts",
  "vault/value-flows.ts",
  "vault/values.ts",
  "vault/posture.ts",
  "vault/reseal-entry.ts",
  "upkeep/reseal.ts",
  "upkeep/evict-by-key.ts",
  "upkeep/gc.ts",
  "upkeep/marks.ts",
  "upkeep/prune.ts",
  "upkeep/redigest.ts",
  "upkeep/verify.ts",
  "vault/calls.ts",
  "vault/encoded.ts",
  "vault/place.ts",
  "vault/write-entry.ts",
  "vault/envelope-format.ts",
  "vault/pickle/pickle-format.ts",
  "vault/pickle/preamble.ts",
  "vault/pickle/call-pickle.ts",
  "vault/pickle/python-call.ts",
  "store/file/shelf.ts",
  "store/file/directory.ts",
  "store/file/file.ts",
  "store/file/holder.ts",
  "store/file/locks.ts",
  "store/file/waits.ts",
  "store/file/sweep.ts",
  "store/file/process.ts",
  "store/memory.ts",
  "store/store.ts",
  "store/file/opened.ts",
  "store/sqlite/entries.ts",
  "store/sqlite/bodies.ts",
  "store/sqlite/records.ts",
  "store/sqlite/schema.ts",
  "store/sqlite/place.ts",
  "store/sqlite/connection.ts",
  "store/sqlite/search.ts",
  "store/sqlite/sqlite.ts",
  "store/sqlite/driver.ts",
  "codec/bytes.ts",
  "codec/json.ts",
  "codec/compression.ts",
  "codec/parts.ts",
  "codec/structured/array-body.ts",
  "codec/structured/read.ts",
  "codec/structured/structured.ts",
  "codec/structured/write.ts",
  "codec/pickle/read.ts",
  "codec/pickle/things.ts",
  "codec/pickle/held.ts",
  "codec/pickle/memo.ts",
  "codec/pickle/input.ts",
  "codec/pickle/lines.ts",
  "codec/pickle/literal.ts",
  "codec/pickle/dict-under-way.ts",
  "codec/pickle/known.ts",
  "codec/pickle/numpy.ts",
  "codec/pickle/standard.ts",
  "codec/pickle/classes.ts",
  "codec/pickle/write.ts",
  "closure/assigned.ts",
  "closure/check.ts",
  "closure/closure.ts",
  "closure/foreign.ts",
  "closure/hangings.ts",
  "closure/heap.ts",
  "closure/packages.ts",
  "closure/properties.ts",
  "closure/sharing.ts",
  "closure/variables.ts",
  "closure/write.ts",
  "closure/read.ts",
  "closure/records.ts",
  "closure/instances.ts",
  "closure/definition.ts",
  "closure-file.ts",
  "digest/walk.ts",
  "digest/containers.ts",
  "digest/digest.ts",
  "digest/error-fields.ts",
  "digest/leaves.ts",
  "digest/lookup-key.ts",
  "digest/only-indices.ts",
  "digest/own-fields.ts",
  "digest/reference.ts",
  "digest/registry.ts",
  "digest/shapes.ts",
  "record/format.ts",
  "record/field.ts",
  "record/json.ts",
  "record/metadata.ts",
];

/**
 * Tests that are run where no case of the suites fails, by the beginning of a file's path.
 * @type {Record<string, string[]>}
 */
const TESTS = {
  seal: ["tests/seal/body-check.test.ts", "tests/seal/envelope.test.ts"],
  "store/file": ["tests/store/directory.test.ts", "tests/store/faults.test.ts", "tests/locks/file-locks.test.ts"],
  "store/memory": ["tests/conformance/conformance.test.ts"],
  "store/store": ["tests/conformance/conformance.test.ts"],
  "store/sqlite": [
    "tests/sqlite/damage.test.ts",
    "tests/sqlite/place.test.ts",
    "tests/sqlite/trouble.test.ts",
    "tests/sqlite/search.test.ts",
    "tests/sqlite/hit.test.ts",
    "tests/sqlite/conformance.test.ts",
    "tests/sqlite/driver.test.ts",
  ],
  upkeep: ["tests/upkeep/upkeep.test.ts", "tests/upkeep/keys.test.ts", "tests/upkeep/gc.test.ts"],
  "vault/pickle": ["tests/pickle-file/attack.test.ts", "tests/pickle-file/calls.test.ts"],
  "codec/pickle": ["hostile", "arguments", "known"].map((name) => `tests/codec/pickle/${name}.test.ts`),
  closure: ["tests/closure"],
  "codec/structured/array-body": ["tests/codec/array-body.test.ts"],
  "codec/structured/structured": ["tests/codec/array-body.test.ts", "tests/codec/hostile.test.ts"],
  "codec/structured/write": ["tests/codec/encode-refusals.test.ts", "tests/codec/round-trip.test.ts"],
  codec: ["tests/codec/hostile.test.ts", "tests/codec/round-trip.test.ts", "tests/vault/splitting.test.ts"],
  digest: ["tests/digest", "tests/call", "tests/codec"],
  "record/json": ["tests/record/metadata.test.ts"],
  record: ["tests/record"],
  "vault/reseal-entry": ["tests/upkeep/keys.test.ts"],
  vault: ["tests/vault", "tests/limits/limits.test.ts", "tests/fleche/records.test.ts"],
};

/**
 * What protects without being a guard that ends in a reason: text, wherever in those files, and what is put in its place.
 * @type {[from: string, to: string][]}
 */
const BY_HAND = [
  ["timingSafeEqual(found, header.bodyHash)", "true"],
  ["sha256(chunk.subarray(bodyStart))", "sha256(chunk)"],
  ["stream.update(chunk.subarray(Math.min(Math.max(0, bodyStart - at), chunk.length)))", "stream.update(chunk)"],
  ["verified: expected.signer !== undefined", "verified: true"],
  ["?? wrongHeader(header, expected)", ""],
  ["?? wrongSize(header, size, expected)", ""],
  ["new Map(this.#keys.map((key) => [key.id, key.bytes]))", "new Map([[this.#keys[0].id, this.#keys[0].bytes]])"],
  ['Buffer.concat([Buffer.from("fleche/v1/mac\\0"), namespaceId])', 'Buffer.from("fleche/v1/mac\\0")'],
  ["weak: bytes.every((byte) => byte === bytes[0])", "weak: false"],
  ["constants.O_RDONLY | constants.O_NONBLOCK", "constants.O_RDONLY"],
  ['text.endsWith("\\n") ? text.slice(0, -1) : text', "text.trimEnd()"],
  ["{realPath(path)}", "{path}"],
  ["if (judged.refused !== undefined) return false;", ""],
  ['rules.checkContent === "always" ||', ""],
  ['(rules.checkContent === "unsealed" && !pinned)', "false"],
  ["const pinned = read.pinned && parts.pinned;", "const pinned = true;"],
  ['if (head.refused !== "absent") noticeMiss', "if (false) noticeMiss"],
  ['noticeMiss("load", entry, found, values);', ""],
  ["if (signer === undefined && !privateStore)", "if (false)"],
  ["| (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);", "| (constants.O_NOFOLLOW ?? 0);"],
  ["| (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);", "| (constants.O_NONBLOCK ?? 0);"],
  ["if (verdict === false) return undefined;", ""],
  ["tag.length === right.length &&", ""],
  ["&& timingSafeEqual(right, tag)", ""],
  ["policy.codecs?.has(codec.name) ?? !codec.executable", "policy.codecs?.has(codec.name) ?? true"],
  ["policy.codecs?.has(codec.name) ?? !codec.executable", "!codec.executable"],
  ["if (signer === undefined && codec.executable)", "if (false)"],
  ["|| mayVouchFor(known, signer.policyOf(keyId))", "|| true"],
  ["signer.keyId !== opened.header.keyId", "true"],
  ["already = again.refused === undefined;", "already = true;"],
  ["if (judged.refused !== undefined) return judged;\n  if (dryRun)", "if (dryRun)"],
  ['if (dryRun) return { outcome: "resealed" };', ""],
  [
    "if (read.refused !== undefined) return read;\n  const { opened } = read;\n  const bytes",
    "const { opened } = read;\n  const bytes",
  ],
  ["if (named !== keyId) return;", ""],
  ["if (dryRun || (yield* evict(entry)))", "if (yield* evict(entry))"],
  ["files) === head.length && head.equals(bytes)", "files) >= 0"],
  ["if (usedMs !== undefined) files.lutimes(temporary, usedMs);", ""],
  ["files.fchmod(descriptor, 0o600);", ""],
  ["files.chmod(path, 0o700);", ""],
  ["Math.min(size, HEAD_SIZE)", "size"],
  ["if (isEntryName(name) && name.startsWith(prefix)) yield name;", "if (name.startsWith(prefix)) yield name;"],
  ["if (isEntryName(name) && name.startsWith(prefix)) yield name;", "if (isEntryName(name)) yield name;"],
  ['isLink ? "is a link" : exposureOf(path, files)', "exposureOf(path, files)"],
  ['["", "values", "calls"]', '[""]'],
  ["if (uid !== us)", "if (false)"],
  ["return (mode & 0o022) === 0", "return true"],
  ["if (files.lstat(directory)?.isDirectory() !== true) return;", ""],
  ["isTemporaryName(name) ? files.lstat(path) : undefined", "files.lstat(path)"],
  ["Date.now() - stats.mtimeMs > ABANDONED_MS", "true"],
  ["stats.size > most ? 0 : stats.size", "stats.size"],
  ["|| fields.length !== 9", ""],
  ["format !== FORMAT ||", ""],
  ["|| !/^[0-9a-f]{16}$/.test(id)", ""],
  ["!Number.isInteger(pid) ||", ""],
  ["(pid as number) < 1 ||", ""],
  ["|| (pid as number) > 0x7fffffff", ""],
  ['!texts.every((field) => typeof field === "string") ||', ""],
  ['|| typeof heir !== "boolean"', ""],
  ['typeof each === "string" && ID.test(each)', 'typeof each === "string"'],
  ["now?.inode === dead.inode && now.holder?.id === dead.holder?.id", "true"],
  ["&& now.holder?.id === dead.holder?.id", ""],
  ["if (now !== undefined && inodeOf(now) === inode) files.unlink", "files.unlink"],
  ["if (held.get(name) !== mark) return;", ""],
  ["if (isOurs(holder)) return !held.has(name);", ""],
  ["isDead(`take-${name}`, other)", "true"],
  ["if (files.lstat(join(home, `holder-${id}`)) === undefined) files.unlink", "files.unlink"],
  ["if (isAbandoned(files.lstat(path)?.mtimeMs)) files.unlink", "files.unlink"],
  ['if (kind !== "holder" && !isEntryName(name.replace(/^take-/, ""))) return undefined;', ""],
  ['fate === "lives" || (fate', "(fate"],
  ['fate === "elsewhere" && !isAbandoned(found.changedMs)', "false"],
  ['if (kind === "holder" || isUnwanted(files.lstat(path)?.ctimeMs)) files.unlink', "files.unlink"],
  ["other.host !== here.host ||", ""],
  ["other.boot !== here.boot ||", ""],
  ["|| other.space !== here.space", ""],
  ['if (codeOf(error) === "ESRCH") return "gone";', ""],
  ['if (state === "Z" || state === "X") return "gone";', ""],
  ['return start === other.start ? "lives" : "gone";', 'return "lives";'],
  ["if ((stats.mode & 0o022) !== 0) {", "if (false) {"],
  ["if ((stats.mode & 0o077) !== 0) files.chmod(path, 0o600);", ""],
  ["PRAGMA trusted_schema = OFF; ", ""],
  ["; PRAGMA cell_size_check = ON", ""],
  ["opened.identity !== options.identify()", "false"],
  ["problem === undefined ? work(sql) : otherwise(problem)", "work(sql)"],
  ["if (now === seen) return undefined;", "return undefined;"],
  ["CASE WHEN octet_length(${table}.body) > ${INLINE_BYTES} THEN 0 ELSE ${table}.body END", "${table}.body"],
  ["AND ${table}.name = ?1", ""],
  ["${table} INDEXED BY ${table}_name", "${table}"],
  ["FROM ${table} WHERE id <= 9007199254740991", "FROM ${table}"],
  ["row.name === next.name &&", ""],
  ["row.result instanceof Uint8Array", "true"],
  ["CASE WHEN used_ms BETWEEN 0 AND 9007199254740991 THEN used_ms ELSE 0 END AS used_ms", "used_ms"],
  ["octet_length(marks) <= ?", "? > 0"],
  ["others.length > 0", "false"],
  ["wanted.size > 0", "false"],
  ["CASE WHEN octet_length(sql) < 1000 THEN sql END AS sql", "sql"],
  [" LIMIT 100", ""],
  ["AND octet_length(r.name) = 32 AND", "AND"],
  ["AND ${id} < 9007199254740992", ""],
  ["if (Number(row.id) === after) continue;", ""],
  ["typeof(r.started_ms) IN ('integer', 'real')", "1"],
  ["AND r.id BETWEEN -9007199254740991 AND 9007199254740991", ""],
  ["CASE WHEN octet_length(n.name) = 32 THEN n.name END AS name", "n.name AS name"],
];

/**
 * Checks that nothing can reach, because another stands before them; kept so that each place is sound by itself.
 * The text is looked for in the file's path, a space and what was taken out.
 * @type {[text: string, why: string][]}
 */
const REDUNDANT = [
  ["check === undefined", "the head was judged good, so the body's check was made; said for the type"],
  ["codec === undefined", "a header whose codec may not be decoded was refused before; said for the type"],
  ["constants.O_NOFOLLOW === undefined", "for Windows, which has no flag that refuses links"],
  [
    "found.header.codec !== read.header.codec",
    "the value's codec refuses a part that another one wrote; said before it is tried",
  ],
  ["call.module !== CALL_CLASS.module", "the one other class that this reader knows has another name, too"],
  ["call.name !== CALL_CLASS.name", "the one other class that this reader knows is of another module, too"],
  ["Float16Array === undefined", "what follows fails too; this one tells why"],
  [
    'check.ts typeof raw !== "object"',
    "without fields it is refused by the first of them; a long text is not to be taken apart",
  ],
  ["check.ts raw === null", "without fields it is refused by the first of them; said for the type"],
  ["leaves.ts !LITTLE_ENDIAN", "for machines that order bytes the other way; there is none to try it on"],
  ["Symbol.keyFor(key) === undefined", "the symbol is refused where its own digest is taken; said before it is tried"],
  [
    'own-fields.ts typeof key === "symbol"',
    "no symbol is among the allowed names, which are texts; said for the message",
  ],
  ["read.ts prototype === null", "nothing that a body holds can make it null; said for the type"],
  [
    "write.ts new URL(href).href !== href",
    "which URLs are their own text differs between versions of Node; this one has none that is not",
  ],
  [
    "sharing.ts chains === undefined",
    "only where V8's heap cannot be looked through, which no flag of Node brings about",
  ],
  ["array-body.ts Class === undefined", "what has no class has no beginning either; said for the type"],
  ["records.ts prototype === null", "nothing that a body holds can make it null; said for the type"],
  ['!== "EEXIST"', "what follows fails too; this one tells why"],
];

/** What only root can try: files and directories of other users. */
const NEEDS_ROOT = /\.uid\b|readable by others/;

/** Names of cases that are too slow, or depend on the machine, to be worth their time here. */
const LEFT_OUT = /^(82|89|42|118) |^82 decoders: 1000000/;

/** @typedef {{ file: string, line: number, shown: string, source: string }} Mutant */

/** What was found of BY_HAND: a text that is nowhere any more protects nobody. */
const used = new Set();

/**
 * The sources without one check, for each check of a file.
 * @param {string} file
 * @returns {Mutant[]}
 */
function mutantsOf(file) {
  const text = readFileSync(join(root, "src", file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Mutant[]} */
  const mutants = [];
  /** @type {(start: number, end: number, replacement: string) => void} */
  const replace = (start, end, replacement) => {
    const line = source.getLineAndCharacterOfPosition(start).line;
    const shown = `${text.slice(start, end).replace(/\s+/g, " ").slice(0, 90)} → ${replacement || "nothing"}`;
    mutants.push({ file, line: line + 1, shown, source: text.slice(0, start) + replacement + text.slice(end) });
  };
  /** @type {(node: ts.Expression, replacement: string) => void} */
  const replaceNode = (node, replacement) => replace(node.getStart(), node.end, replacement);
  /** @type {(node: ts.Node) => void} */
  const visit = (node) => {
    if (ts.isIfStatement(node) && endsInRefusal(node.thenStatement)) {
      for (const part of operands(node.expression, ts.SyntaxKind.BarBarToken)) replaceNode(part, "false");
    } else if (ts.isConditionalExpression(node)) {
      if (isRefusal(node.whenFalse)) {
        const parts = operands(node.condition, ts.SyntaxKind.AmpersandAmpersandToken);
        for (const part of parts) replaceNode(part, "true");
      } else if (isRefusal(node.whenTrue)) replaceNode(node.condition, "false");
    } else if (ts.isExpressionStatement(node) && /^assert\w+\(/.test(node.getText())) {
      // Not nothing: it may stand between an `if` and its `else`.
      replace(node.getStart(), node.end, ";");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const [from, to] of BY_HAND) {
    const at = text.indexOf(from);
    if (at === -1) continue;
    replace(at, at + from.length, to);
    used.add(from);
  }
  return mutants;
}

/**
 * @param {ts.Expression} expression
 * @param {ts.SyntaxKind} operator
 * @returns {ts.Expression[]}
 */
function operands(expression, operator) {
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === operator)
    return [...operands(expression.left, operator), ...operands(expression.right, operator)];
  return [expression];
}

/** @param {ts.Statement} statement */
function endsInRefusal(statement) {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  if (last === undefined) return false;
  if (ts.isThrowStatement(last)) return true;
  if (ts.isReturnStatement(last)) return last.expression !== undefined && isRefusal(last.expression);
  return ts.isExpressionStatement(last) && isRefusal(last.expression);
}

/** @param {ts.Expression} expression a call of refuse, or a reason */
function isRefusal(expression) {
  if (ts.isCallExpression(expression))
    return /(^|[.#])(refuse|badArguments|cut|empty|wrong)$/.test(expression.expression.getText());
  return ts.isStringLiteral(expression) && /^[a-z]+(-[a-z]+)+$|^unsigned$|^truncated$/.test(expression.text);
}

/**
 * @param {string} source
 * @param {string} path
 */
function emit(source, path) {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  // What does not parse fails every test, and proves nothing.
  if (diagnostics.length > 0) throw new Error(`${path}: ${JSON.stringify(diagnostics[0]?.messageText)}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path.replace(/\.ts$/, ".js"), outputText);
}

/**
 * Runs the suites of a copy in this process until a case fails; prints its name.
 * @param {string} copy
 * @param {string} first file whose check was taken out: the suite that is about it comes first
 */
async function runSuites(copy, first) {
  /** @type {(path: string) => Promise<any>} */
  const load = (path) => import(pathToFileURL(join(copy, path)).href);
  const { attackFileStore, attackKeys, attackStore, testStore } = await load("testing/index.js");
  const { fileStore, memoryStore } = await load("index.js");
  /** @type {Record<string, [name: string, run: () => Promise<void>][]>} */
  const suites = { attack: [], files: [], keys: [], store: [] };
  const into = (/** @type {string} */ suite) => (/** @type {string} */ name, /** @type {() => Promise<void>} */ run) =>
    void suites[suite]?.push([name, run]);
  attackStore({ test: into("attack"), open: () => memoryStore() });
  attackFileStore({ test: into("files") });
  attackKeys({ test: into("keys") });
  const directory = mkdtempSync(join(copy, "store-"));
  const open = () => fileStore({ root: mkdtempSync(join(directory, "root-")) });
  testStore({
    test: into("store"),
    open,
    cleanUp: (/** @type {any} */ { location }) => rmSync(location, { recursive: true }),
  });
  const order = first.startsWith("seal/key")
    ? ["keys", "attack"]
    : /^(store\/sqlite|codec\/pickle|vault\/pickle|closure)/.test(first)
      ? []
      : first.startsWith("store")
        ? ["files", "store"]
        : ["attack"];
  // Forms, databases, closures and Python's files are not reached through files or keys.
  const rest = /^(codec|digest|record|store\/sqlite|vault\/pickle|closure)/.test(first) ? [] : Object.keys(suites);
  const names = [...new Set([...order, ...rest])];
  for (const [name, run] of names.flatMap((suite) => suites[suite] ?? [])) {
    if (LEFT_OUT.test(name)) continue;
    try {
      await run();
    } catch (error) {
      console.log(JSON.stringify({ name, error: String(error).slice(0, 200) }));
      return;
    }
  }
  console.log(JSON.stringify({ name: undefined }));
}

/** A check against hanging that is taken out makes a case take for ever: longer than this, and than all cases thrice. */
const PATIENCE_MS = 20_000;

/** The same for the tests of a reader; no test of them fails for being slow on a busy machine. */
const TEST_PATIENCE_MS = 180_000;

/**
 * The name of the case that failed in a copy.
 * @param {string} copy
 * @param {string} file
 * @param {number} patienceMs
 * @returns {Promise<{ name?: string, error?: string }>}
 */
function failureIn(copy, file, patienceMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [import.meta.filename, "--run", copy, file], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    child.on("close", () => {
      clearTimeout(timer);
      const last = out.trimEnd().split("\n").at(-1) ?? "";
      if (last.startsWith("{")) resolve(JSON.parse(last));
      else
        resolve({
          name: child.signalCode
            ? "(it hangs)"
            : `(it crashes) ${err.split("\n").find((line) => line.includes("Error")) ?? ""}`,
        });
    });
  });
}

/**
 * The title of a test that failed over a source with one check less; for that it lies, with the tests, in a folder of its
 * own, since they name what they test by its path.
 * @param {Mutant} mutant
 * @param {string} place
 * @returns {Promise<string | undefined>}
 */
async function failedTest({ file, source }, place) {
  const folders = Object.entries(TESTS).find(([beginning]) => file.startsWith(beginning))?.[1];
  if (folders === undefined) return undefined;
  for (const folder of ["src", "tests", "dist"]) cpSync(join(root, folder), join(place, folder), { recursive: true });
  for (const path of ["package.json", "vitest.config.ts", "tsconfig.json"]) cpSync(join(root, path), join(place, path));
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
  writeFileSync(join(place, "src", file), source);
  const child = spawn(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--bail",
      "1",
      "--testTimeout",
      `${TEST_PATIENCE_MS}`,
      "--reporter",
      "json",
      ...folders,
    ],
    { cwd: place, stdio: ["ignore", "pipe", "ignore"] },
  );
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), TEST_PATIENCE_MS);
  await once(child, "close");
  clearTimeout(timer);
  if (child.exitCode === 0) return undefined;
  return /"fullName":"((?:[^"\\]|\\.)*)","status":"failed"/.exec(out)?.[1] ?? "(the tests hang, or cannot start)";
}

async function main() {
  const only = process.argv[2] ?? "";
  mkdirSync(join(root, ".build"), { recursive: true });
  const work = mkdtempSync(join(root, ".build", "mutations-"));
  try {
    const base = join(work, "base");
    for (const path of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
      if (path.endsWith(".ts")) emit(readFileSync(join(root, "src", path), "utf8"), join(base, path));
    }
    writeFileSync(join(work, "package.json"), '{ "type": "module" }');
    const started = performance.now();
    const unharmed = await failureIn(base, "", 600_000);
    const patienceMs = PATIENCE_MS + 3 * (performance.now() - started);
    if (unharmed.name !== undefined)
      throw new Error(`with every check in place, this fails: ${unharmed.name} ${unharmed.error}`);
    const all = FILES.flatMap(mutantsOf);
    for (const [from] of BY_HAND) if (!used.has(from)) throw new Error(`no file contains any more: ${from}`);
    const mutants = all.filter(({ file, shown }) => `${file} ${shown}`.includes(only));
    /** @type {string[]} */
    const survivors = [];
    const queue = mutants.entries();
    const worker = async () => {
      for (const [i, mutant] of queue) {
        const copy = join(work, `${i}`);
        cpSync(base, copy, { recursive: true });
        emit(mutant.source, join(copy, mutant.file));
        const what = `${mutant.file}:${mutant.line} ${mutant.shown}`;
        const why = REDUNDANT.find(([text]) => `${mutant.file} ${mutant.shown}`.includes(text))?.[1];
        const { name: failed, error } = await failureIn(copy, mutant.file, patienceMs);
        rmSync(copy, { recursive: true, force: true });
        const name = failed ?? (why === undefined ? await failedTest(mutant, join(work, `${i}-tests`)) : undefined);
        rmSync(join(work, `${i}-tests`), { recursive: true, force: true });
        const excuse = why ?? (process.geteuid?.() !== 0 && NEEDS_ROOT.test(what) ? "only root can try it" : undefined);
        if (name === undefined && excuse === undefined) survivors.push(what);
        console.log(`${what}\n    ${name ?? (excuse === undefined ? "SURVIVES" : `survives: ${excuse}`)}`);
        if (process.env.VERBOSE && error) console.log(`    ${error}`);
      }
    };
    await Promise.all([worker(), worker()]);
    console.log(`\nmutations: ${mutants.length} checks, ${survivors.length} that no case misses`);
    for (const what of survivors) console.log(`  ${what}`);
    if (survivors.length > 0) process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--run") await runSuites(process.argv[3] ?? "", process.argv[4] ?? "");
else await main();
