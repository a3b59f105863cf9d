/**
 * Secure storage, step by step, on real files: values are signed when they are saved, verified before anything of them
 * is decoded, and keys can be rotated. Once for each storage that keeps values in files. Run it with `npm run demo`.
 */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import {
  ConfigError,
  closureCodec,
  closureFile,
  type Digest,
  SignatureError,
  structuredFile,
  type ValueStorage,
} from "fleche";
import { pickleFile } from "fleche/pickle";

/** A storage in a directory, and where it keeps the value of a digest. */
interface FileStorage {
  readonly name: string;
  open(root: string): ValueStorage;
  fileOf(root: string, digest: Digest): string;
  /** What is put into the file instead, where code could be: it would write `mark`, if it were ever run. */
  forged?(original: Buffer, mark: string): Buffer;
}

const sharded = (root: string, digest: Digest): string => join(root, "values", digest.slice(0, 2), digest.slice(2));

const STORAGES: readonly FileStorage[] = [
  { name: "pickleFile", open: (root) => pickleFile({ root }), fileOf: (root, digest) => join(root, String(digest)) },
  { name: "structuredFile", open: (root) => structuredFile({ root }), fileOf: sharded },
  { name: "closureFile", open: (root) => closureFile({ root }), fileOf: sharded, forged: codeBehindGoodHeader },
];

/** The header and the tag of a good entry; behind them a function that writes a file as soon as it is defined. */
function codeBehindGoodHeader(original: Buffer, mark: string): Buffer {
  const text = `(process.getBuiltinModule("fs").writeFileSync(${JSON.stringify(mark)}, ""), () => {})`;
  const functions = [{ text, method: false, scope: -1, own: [] }];
  const body = serialize({ form: 1, value: { $fleche: ["function", 0] }, functions, scopes: [] });
  // The codec alone, which knows no signatures, would run it: that is why nothing but a verified entry gets there.
  try {
    closureCodec.decode(body, { entry: "" });
  } catch {
    console.log("Decoded without a check, this payload writes a file:", existsSync(mark));
  }
  rmSync(mark);
  return Buffer.concat([original.subarray(0, 160), body]);
}

function page({ name, open, fileOf, forged }: FileStorage): void {
  console.log(`\n=== ${name} ===\n`);
  const root = mkdtempSync(join(tmpdir(), "fleche-"));

  // Set a strong hex-encoded secret key (any 32 bytes or more).
  const oldKey = "deadbeefcafe0123456789abcdef0123456789abcdef0123456789abcdef0123";
  process.env.FLECHE_SECRET_KEY = oldKey;

  // A storage takes its keys from the environment when it is made.
  const storage = open(root);

  // Save a value.
  const digest = storage.save({ status: "secure", data: [1, 2, 3] });
  console.log(`Saved data with digest key: ${digest.slice(0, 8)}...`);

  // When it is loaded, the signature is verified first; only if it holds is anything decoded.
  console.log("Loaded securely:", storage.load(digest));

  console.log("\nTampering protection");
  const path = fileOf(root, digest);
  const original = readFileSync(path);
  writeFileSync(path, Buffer.concat([Buffer.from("malicious_payload"), original]));
  try {
    storage.load(digest);
    throw new Error("a tampered file was served");
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    console.log("Security Error Caught:", [error.entry, error.message], `reason: ${error.reason}`);
  }

  if (forged !== undefined) {
    const mark = join(root, "mark");
    writeFileSync(path, forged(original, mark));
    try {
      storage.load(digest);
      throw new Error("a forged file was served");
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      console.log("Security Error Caught:", [error.entry, error.message], `reason: ${error.reason}`);
    }
    if (existsSync(mark)) throw new Error("a forged payload was run");
    console.log("In the place of the file it was not run: it has written nothing.");
  }

  console.log("\nKey rotation");
  // The first key signs from now on, all of them verify: what the old key signed is still served.
  const newKey = "aabbccdd0011223344556677aabbccdd0011223344556677aabbccdd00112233";
  process.env.FLECHE_SECRET_KEY = `${newKey}:${oldKey}`;
  const rotated = open(root);
  writeFileSync(path, original);
  console.log("Loaded with rotated key:", rotated.load(digest));

  console.log("\nA stray colon");
  // An empty key would let anybody forge; it is refused when the storage is made, and the message shows no key.
  process.env.FLECHE_SECRET_KEY = `${newKey}:`;
  try {
    open(root);
    throw new Error("an empty key was accepted");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.log("Refused:", error.message);
  }

  console.log("\nA valid entry in another's place");
  // Signed by a good key, but for another value: what is signed says which entry it is.
  const other = rotated.save({ status: "forged", data: [] });
  copyFileSync(fileOf(root, other), path);
  try {
    rotated.load(digest);
    throw new Error("a swapped file was served");
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    console.log("Security Error Caught:", [error.entry, error.message], `reason: ${error.reason}`);
  }

  rmSync(root, { recursive: true });
}

for (const storage of STORAGES) page(storage);
