// @ts-check
// The floor: what a signed hit cannot do without, as straight-line code with nothing around it. One lookup key, two raw
// reads, two times SHA-256 of a body and HMAC of a header, two decodes, over the very bytes that fleche wrote. Checks
// nothing but the tag and the hash, handles no error, and is fast because of it.
import { hash, hkdfSync, timingSafeEqual } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { deserialize } from "node:v8";

const HEADER = 128;
const LABEL = Buffer.from("fleche/envelope/v1\0");

/** @param {string} text */
const sha = (text) => hash("sha256", text, "hex");
/** @param {string} text */
const str = (text) => sha(`str${text}`);
const NONE = sha("NoneType__None__");
const scratch = Buffer.alloc(32);

/** @param {string} type @param {number} length */
const raw = (type, length) => hash("sha256", scratch.subarray(0, type.length + length), "hex");

/** @param {number} value from 0 to 32767 */
function int(value) {
  scratch.write("int", "latin1");
  const size = value < 128 ? scratch.writeUInt8(value, 3) - 3 : scratch.writeUInt16LE(value, 3) - 3;
  return raw("int", size);
}

/** @param {number} value */
function float(value) {
  scratch.write("float", "latin1");
  scratch.writeDoubleLE(value, 5);
  return raw("float", 8);
}

/**
 * The lookup key of a call with a fraction, a small whole number and a text.
 * @param {string} name @param {string} codeDigest @param {readonly string[]} parameters
 * @returns {(args: readonly [number, number, string]) => string}
 */
export function floorKey(name, codeDigest, parameters) {
  const [first, second, third] = parameters.map(str);
  const fields = ["name", "arguments", "metadata", "module", "version", "code_digest", "result"];
  const digests = /** @type {Record<string, string>} */ ({ name: str(name), code_digest: codeDigest, arguments: "" });
  const ordered = fields
    .map((field) => [str(field), digests[field] ?? NONE, field])
    .sort(([a], [b]) => (`${a}` < `${b}` ? -1 : 1));
  const at = ordered.findIndex(([, , field]) => field === "arguments") + 1;
  const joined = (/** @type {string[][]} */ part) => part.map(([key, value]) => `${key}${value}`).join("");
  const [before, after] = [joined(ordered.slice(0, at)), joined(ordered.slice(at))];
  return ([a, b, c]) => {
    const pairs = sha(`tuple${first}${float(a)}`) + sha(`tuple${second}${int(b)}`) + sha(`tuple${third}${str(c)}`);
    return sha(`Call${sha(`dict${before}${sha(`tuple${pairs}`)}${after}`)}`);
  };
}

/**
 * Opens an envelope: the body, where tag and hash are right. HMAC as two one-shot hashes over kept pads, the fastest way.
 * @param {string} secretKey hex
 * @returns {(entry: Uint8Array) => Buffer}
 */
export function floorOpen(secretKey) {
  const namespaceId = hash("sha256", Buffer.from("fleche/namespace/v1\0default"), "buffer").subarray(0, 16);
  const info = Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]);
  const key = Buffer.from(hkdfSync("sha256", Buffer.from(secretKey, "hex"), "fleche/v1", info, 32));
  const inner = Buffer.alloc(64 + LABEL.length + HEADER, 0x36);
  const outer = Buffer.alloc(64 + 32, 0x5c);
  for (let i = 0; i < 32; i++) {
    inner[i] = 0x36 ^ /** @type {number} */ (key[i]);
    outer[i] = 0x5c ^ /** @type {number} */ (key[i]);
  }
  inner.set(LABEL, 64);
  return (entry) => {
    inner.set(entry.subarray(0, HEADER), 64 + LABEL.length);
    outer.write(hash("sha256", inner, "binary"), 64, "latin1");
    const tag = Buffer.from(hash("sha256", outer, "binary"), "latin1");
    if (!timingSafeEqual(tag, entry.subarray(HEADER, HEADER + 32))) throw new Error("tag");
    const body = Buffer.from(entry.buffer, entry.byteOffset + HEADER + 32, entry.length - HEADER - 32);
    const bodyHash = Buffer.from(hash("sha256", body, "binary"), "latin1");
    if (!timingSafeEqual(bodyHash, entry.subarray(40, 72))) throw new Error("hash");
    return body;
  };
}

/** @param {string} path */
function readFile(path) {
  const file = openSync(path, "r");
  const bytes = Buffer.allocUnsafeSlow(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return bytes;
}

/**
 * How the floor reads an entry of a store in a directory.
 * @param {string} root @returns {(folder: "calls" | "values", name: string) => Uint8Array}
 */
export function floorFiles(root) {
  return (folder, name) => readFile(join(root, folder, name.slice(0, 2), name.slice(2)));
}

/**
 * How the floor reads an entry of a store in SQLite: one prepared statement each.
 * @param {string} path @param {typeof import("@photostructure/sqlite").DatabaseSync} DatabaseSync
 * @returns {(folder: "calls" | "values", name: string) => Uint8Array}
 */
export function floorSqlite(path, DatabaseSync) {
  const database = new DatabaseSync(path);
  // By the index of the names' first six bytes: by `name` alone SQLite would look at each row.
  const select = (/** @type {string} */ table) =>
    database.prepare(`SELECT body FROM ${table} WHERE substr(name, 1, 6) = substr(?1, 1, 6) AND name = ?1`);
  const calls = select("records");
  const values = select("blobs");
  /** @param {"calls" | "values"} folder @param {string} name */
  const read = (folder, name) => {
    const row = (folder === "calls" ? calls : values).get(Buffer.from(name, "hex"));
    return /** @type {Uint8Array} */ (row?.body);
  };
  // Statements alone do not keep their database open.
  return Object.assign(read, { database });
}

/**
 * A whole hit.
 * @template A
 * @param {(args: A) => string} keyOf @param {(entry: Uint8Array) => Buffer} open
 * @param {(folder: "calls" | "values", name: string) => Uint8Array} read
 * @returns {(args: A) => unknown}
 */
export function floorHit(keyOf, open, read) {
  return (args) => {
    const record = JSON.parse(open(read("calls", keyOf(args))).toString());
    // The body begins with the number of parts that are stored separately: none.
    return deserialize(open(read("values", record.result)).subarray(4));
  };
}
