/** Keys and configuration, as data: key lists that must be refused or taken, given as an option or by the environment. */
import { KEYS, VALUES } from "./scene.ts";

/** One way of giving keys. */
export interface KeyCase {
  /** Number in the catalogue of attacks. */
  readonly row: number;
  readonly title: string;
  /** A key list: given as an option, as FLECHE_SECRET_KEY, and in a file, one after another. */
  readonly list?: string;
  /** Options and variables, where a list alone does not say it. */
  readonly options?: { readonly secretKey?: string; readonly keys?: unknown };
  readonly env?: Readonly<Record<string, string>>;
  /** What the message of the `ConfigError` says; left out where the keys are taken. */
  readonly refused?: RegExp;
  /** How many keys are taken. */
  readonly taken?: number;
  /** Whether it cannot be in a file, where one newline at the end is none of the list. */
  readonly notInFile?: boolean;
}

const [K1, K2] = [KEYS.first, KEYS.second];

function blanks(): KeyCase[] {
  const places: readonly (readonly [where: string, list: (blank: string) => string, key: number])[] = [
    ["before", (blank) => `${blank}${K1}`, 1],
    ["behind", (blank) => `${K1}${blank}`, 1],
    ["inside", (blank) => `${K1.slice(0, 10)}${blank}${K1.slice(10)}`, 1],
    ["before the second key", (blank) => `${K1}:${blank}${K2}`, 2],
  ];
  const characters: readonly (readonly [name: string, character: string, code: string])[] = [
    ["a space", " ", "U\\+0020"],
    ["a tab", "\t", "U\\+0009"],
    ["a newline", "\n", "U\\+000A"],
    ["a carriage return", "\r", "U\\+000D"],
    ["a no-break space", "\u00a0", "U\\+00A0"],
    ["a zero-width space", "\u200b", "U\\+200B"],
    ["a byte-order mark", "\ufeff", "U\\+FEFF"],
  ];
  return characters.flatMap(([name, character, code]) =>
    places.map(([where, list, key]) => ({
      row: 10,
      title: `${name} ${where}`,
      list: list(character),
      refused: new RegExp(`key ${key} .*${code}`),
      notInFile: character > "\x7f" || (character === "\n" && where === "behind"),
    })),
  );
}

/** Key lists. */
export const KEY_LISTS: readonly KeyCase[] = [
  { row: 1, title: "set but empty", list: "", refused: /is empty/ },
  { row: 2, title: "a trailing colon", list: `${K1}:`, refused: /key 2 is empty/ },
  { row: 3, title: "a leading colon", list: `:${K1}`, refused: /key 1 is empty/ },
  { row: 4, title: "a double colon", list: `${K1}::${K2}`, refused: /key 2 is empty/ },
  { row: 5, title: "two colons alone", list: "::", refused: /key 1 is empty/ },
  { row: 5, title: "a colon alone", list: ":", refused: /key 1 is empty/ },
  { row: 6, title: "letters that are no hex digits", list: `${K1}:zz${K2.slice(2)}`, refused: /key 2 .*no hex digit/ },
  {
    row: 6,
    title: "one letter that is no hex digit, at the end",
    list: `${K1.slice(0, -1)}g`,
    refused: /key 1 .*no hex digit/,
  },
  { row: 6, title: "keys separated by commas", list: `${K1},${K2}`, refused: /key 1 .*no hex digit/ },
  { row: 7, title: "an odd number of digits", list: `${K1}:${K2}a`, refused: /key 2 .*odd number/ },
  { row: 8, title: "31 bytes", list: K1.slice(2), refused: /key 1 .*31 bytes/ },
  { row: 8, title: "31 bytes in the second key", list: `${K1}:${K2.slice(2)}`, refused: /key 2 .*31 bytes/ },
  { row: 8, title: "two digits", list: "ab", refused: /key 1 .*1 bytes/ },
  { row: 8, title: "32 bytes", list: K1, taken: 1 },
  { row: 9, title: "0x before the digits", list: `0x${K1}`, refused: /key 1 begins with 0x/ },
  { row: 9, title: "0X before the second key", list: `${K1}:0X${K2}`, refused: /key 2 begins with 0x/ },
  ...blanks(),
  { row: 11, title: "full-width digits", list: "１２".repeat(32), refused: /key 1 .*no hex digit/, notInFile: true },
  { row: 12, title: "upper-case digits", list: `${K1.toUpperCase()}:${K2}`, taken: 2 },
  { row: 13, title: "the same key twice", list: `${K1}:${K2}:${K1}`, refused: /key 3 is a duplicate of key 1/ },
  {
    row: 13,
    title: "the same key in the other case",
    list: `${K1}:${K1.toUpperCase()}`,
    refused: /key 2 is a duplicate of key 1/,
  },
  { row: 15, title: "a key of 131 bytes", list: `${"aa".repeat(130)}ab`, taken: 1 },
  { row: 16, title: "16 keys", list: manyKeys(16), taken: 16 },
  { row: 16, title: "17 keys", list: manyKeys(17), refused: /17 keys; at most 16/ },
  { row: 16, title: "a thousand keys", list: manyKeys(1000), refused: /1000 keys; at most 16/ },
];

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => i.toString(16).padStart(4, "0") + K1.slice(4)).join(":");
}

/** Where keys come from, and what goes together. */
export const KEY_SOURCES: readonly KeyCase[] = [
  { row: 1, title: "no keys anywhere", taken: 0 },
  {
    row: 1,
    title: "an empty option, where the environment has a key",
    options: { secretKey: "" },
    env: { FLECHE_SECRET_KEY: K1 },
    refused: /secretKey is empty/,
  },
  {
    row: 1,
    title: "a variable that is empty, and null for no keys",
    options: { keys: null },
    env: { FLECHE_SECRET_KEY: "" },
    taken: 0,
  },
  {
    row: 1,
    title: "null for no keys, where the environment has one",
    options: { keys: null },
    env: { FLECHE_SECRET_KEY: K1 },
    taken: 0,
  },
  {
    row: 1,
    title: "an option, where the environment has another",
    options: { secretKey: K1 },
    env: { FLECHE_SECRET_KEY: `${K2}:` },
    taken: 1,
  },
  { row: 1, title: "secretKey and keys at once", options: { secretKey: K1, keys: K2 }, refused: /not both/ },
  { row: 1, title: "secretKey and null at once", options: { secretKey: K1, keys: null }, refused: /not both/ },
  { row: 1, title: "a number for keys", options: { keys: 7 }, refused: /number/ },
  { row: 1, title: "an array of keys", options: { keys: [K1] }, refused: /object/ },
  { row: 1, title: "a number for secretKey", options: { secretKey: 7 as unknown as string }, refused: /number/ },
  { row: 1, title: "a Buffer for keys", options: { keys: Buffer.from(K1, "hex") }, refused: /object/ },
  {
    row: 1,
    title: "both variables",
    env: { FLECHE_SECRET_KEY: K1, FLECHE_SECRET_KEY_FILE: "/nowhere" },
    refused: /both set/,
  },
  {
    row: 1,
    title: "both variables, one empty",
    env: { FLECHE_SECRET_KEY: "", FLECHE_SECRET_KEY_FILE: "/nowhere" },
    refused: /both set/,
  },
  {
    row: 1,
    title: "a required signature and no key",
    env: { FLECHE_REQUIRE_SIGNATURE: "1" },
    refused: /FLECHE_REQUIRE_SIGNATURE/,
  },
  {
    row: 1,
    title: "a required signature and null for no keys",
    options: { keys: null },
    env: { FLECHE_REQUIRE_SIGNATURE: "1", FLECHE_SECRET_KEY: K1 },
    refused: /FLECHE_REQUIRE_SIGNATURE/,
  },
  {
    row: 1,
    title: "a required signature and a key",
    env: { FLECHE_REQUIRE_SIGNATURE: "1", FLECHE_SECRET_KEY: K1 },
    taken: 1,
  },
  { row: 1, title: "a signature that is not required", env: { FLECHE_REQUIRE_SIGNATURE: "0" }, taken: 0 },
  {
    row: 1,
    title: "a required signature, said in other words",
    env: { FLECHE_REQUIRE_SIGNATURE: "yes" },
    refused: /must be 1 or 0/,
  },
  {
    row: 1,
    title: "a required signature, and a space",
    env: { FLECHE_REQUIRE_SIGNATURE: "1 ", FLECHE_SECRET_KEY: K1 },
    refused: /must be 1 or 0/,
  },
  { row: 18, title: "a key file whose path is empty", env: { FLECHE_SECRET_KEY_FILE: "" }, refused: /path is empty/ },
  {
    row: 18,
    title: "a key file that is not there",
    env: { FLECHE_SECRET_KEY_FILE: "/nowhere/at/all" },
    refused: /cannot be looked at/,
  },
  {
    row: 23,
    title: "a key where the path of a key file is expected",
    env: { FLECHE_SECRET_KEY_FILE: K1 },
    refused: /FLECHE_SECRET_KEY_FILE/,
  },
  {
    row: 23,
    title: "a key list where the path of a key file is expected",
    env: { FLECHE_SECRET_KEY_FILE: `${K1}:${K2}` },
    refused: /FLECHE_SECRET_KEY_FILE/,
  },
  {
    row: 23,
    title: "a key with 0x where the path of a key file is expected",
    env: { FLECHE_SECRET_KEY_FILE: `0x${K1}` },
    refused: /FLECHE_SECRET_KEY_FILE/,
  },
  { row: 23, title: "a key where a 1 is expected", env: { FLECHE_REQUIRE_SIGNATURE: K1 }, refused: /must be 1 or 0/ },
  { row: 23, title: "a key for the name of an option", options: { [K1]: 1 } as object, refused: /unknown option/ },
];

/** The value that configuration tests save. */
export const KEPT_VALUE: unknown = VALUES[0];
