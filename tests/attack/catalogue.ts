/**
 * Every attack that there has to be a case for, by its number, and the tests outside the suite that hold it too. The
 * numbers are those that the cases carry; what is missing between them was given up.
 */

/** What is tried, and tests elsewhere that try it: their file and title. */
export interface CatalogueRow {
  readonly text: string;
  readonly also?: readonly (readonly [path: string, title: string])[];
}

const row = (text: string, ...also: [path: string, title: string][]): CatalogueRow => ({ text, also });

/** Groups of rows, as the page has them. */
export const CATALOGUE: { readonly [group: string]: { readonly [number: number]: CatalogueRow } } = {
  "Keys and configuration": {
    1: row("a variable that is set and empty"),
    2: row("a trailing colon"),
    3: row("a leading colon"),
    4: row("a double colon"),
    5: row("only colons"),
    6: row("what is no hex digit"),
    7: row("an odd number of digits"),
    8: row("a key of 31 bytes"),
    9: row("a key with `0x`"),
    10: row("white space before, after or in a key"),
    11: row("full-width digits"),
    12: row("upper-case digits"),
    13: row("one key twice"),
    15: row("a key of 131 bytes", ["tests/seal/primitives.test.ts", "RFC 4231"]),
    16: row("17 keys"),
    17: row("a key of one repeated byte"),
    18: row("a key file that others can write or read, a link, a FIFO, a directory, 1 MiB"),
    21: row("a variable that changes after the storage was made"),
    23: row("printing every public object, error and line", ["tests/seal/keys.test.ts", "by any public object"]),
  },
  "Tampering with one entry": {
    26: row("every bit flipped, one at a time"),
    27: row("cut to every length"),
    28: row("something behind it"),
    29: row("another valid body"),
    30: row("the body of `a` under the header of `b`"),
    31: row("a tag of zeros, of `b`, of every other length", [
      "tests/seal/primitives.test.ts",
      "tags of every other length",
    ]),
    33: row("another key's id"),
    34: row("another suite"),
    35: row("another version"),
    36: row("each flag bit, with a valid tag"),
    38: row("lengths of 2⁶³, signed; entries beyond the limit", ["tests/limits/limits.test.ts", "maxEntryBytes"]),
    40: row("zeros, random bytes, nothing, the magic alone"),
    41: row("line ends translated"),
    42: row(
      "a million random mutations, of entries and of calls",
      ["tests/slow/mutations.test.ts", "no signed entry of ${MILLION} random mutations is served"],
      ["tests/slow/pickle-file.test.ts", "A million changed files of Python"],
    ),
  },
  "Moving valid entries": {
    43: row("one entry copied over another, or linked"),
    45: row("a value among the call records, and the other way round"),
    46: row("another namespace under the same secret"),
    47: row("another version of a function, also renamed"),
    48: row("one call's record under another's key, also signed by a trusted key"),
    49: row("a value that a trusted key signed under another's digest", [
      "tests/upkeep/upkeep.test.ts",
      "contents: a value stored under another's digest is found",
    ]),
    51: row("a file renamed to upper case"),
  },
  "Rotation and trust": {
    55: row("an entry under the old key, read with both"),
    56: row("an entry under a key that is not configured"),
    57: row("a writer with a new and an old key"),
    58: row("signing anew while others read and write", [
      "tests/upkeep/reseal-processes.test.ts",
      "reseal beside eight readers, killed twice",
    ]),
    60: row("signing anew with tampered and misplaced entries among the good ones", [
      "tests/upkeep/keys.test.ts",
      "signs nothing that one of the two keys may not vouch for",
    ]),
    61: row(
      "forgetting by key id, without the key",
      ["tests/upkeep/keys.test.ts", "what a key signed goes, by its id alone"],
      ["tests/cli/keys.test.ts", "after a leak what the key signed is forgotten, without that key"],
    ),
    63: row("a codec, kind or namespace that its key may not vouch for", [
      "tests/vault/policies.test.ts",
      "a record under a key that may vouch for values only",
    ]),
    64: row("a key that goes, an entry that changes, between two reads"),
  },
  "Unsigned, foreign": {
    68: row("an unsigned entry, read with keys"),
    69: row("JSON, V8 data, a pickle without an envelope"),
    70: row("entries read without keys, from private and shared stores"),
  },
  "Code in entries": {
    71: row(
      "code that nobody signed",
      ["tests/closure/attack.test.ts", "is never run"],
      ["tests/vault/policies.test.ts", "does not run on the word of a checksum"],
    ),
    72: row("code signed by a key without the grant", [
      "tests/closure/attack.test.ts",
      "in a list of keys with policies",
    ]),
  },
  "Python's files": {
    73: row(
      "what Python wrote and signed, and what Python makes of ours",
      ["tests/pickle-file/python.test.ts", "loads what was written here, its tags hold"],
      ["tests/pickle-file/reference.test.ts", "loads, from files that Python wrote"],
    ),
    75: row("a tag made with the empty key, or another's"),
    76: row(
      "pickles that run code in Python, validly signed",
      ["tests/codec/pickle/hostile.test.ts", "a pickle that runs code in Python is refused"],
      ["tests/pickle-file/calls.test.ts", "calls that somebody put there"],
      ["tests/slow/pickle-fuzz.test.ts", "altered pickles and random opcodes"],
    ),
    77: row("one file under the name of another", [
      "tests/pickle-file/reference.test.ts",
      "is refused under another name",
    ]),
    78: row("gzip that is a bomb, cut, doubled, or none"),
  },
  "Decoders, under valid signatures": {
    79: row("V8 data of another version"),
    81: row("`__proto__` and `constructor`, in every codec", [
      "tests/codec/hostile.test.ts",
      "prototypes of built-ins",
    ]),
    82: row("1,001 and a million levels, in and out", ["tests/limits/limits.test.ts", "a million levels"]),
    84: row("lengths that nothing backs", ["tests/limits/limits.test.ts", "lengths that nothing backs"]),
    85: row("a resizable buffer of 1 TiB"),
    86: row("a regular expression that never ends"),
    87: row("numbers, texts, dates and holes that are easily lost"),
    89: row("a Map of 100,000 keys"),
    90: row("another codec in a signed header"),
  },
  "File system": {
    91: row("links, FIFOs and directories in an entry's place"),
    93: row("a link to an endless device"),
    94: row("sparse files of 10 GiB"),
    96: row("links in the place of folders, temporary files and targets"),
    97: row("a cache directory that is a link, a file, another user's"),
    98: row("a cache directory that others can write to"),
    99: row("every umask"),
    100: row("a directory that is read-only, from the start or meanwhile", [
      "tests/store/cache-faults.test.ts",
      "turns read-only",
    ]),
    101: row(
      "a full disk, at every call",
      ["tests/store/cache-acts.ts", "ENOSPC"],
      ["tests/sqlite/trouble.test.ts", "a full disk"],
    ),
    102: row(
      "seven other errors, at every call",
      ["tests/slow/cache-faults.test.ts", "fails at every call with %s"],
      ["tests/store/faults.test.ts", "fails at every call with %s"],
    ),
    103: row(
      "processes that are killed between any two calls",
      ["tests/store/killed.test.ts", "killed in the middle"],
      ["tests/store/faults.test.ts", "a process that ends between any two calls"],
    ),
    104: row("entries that go, are cut or grow while they are read"),
    107: row("two processes that write one entry", ["tests/sqlite/processes.test.ts", "processes"]),
  },
  "Names and arguments": {
    108: row("names that are no digests", ["tests/conformance/conformance.test.ts", "testStore"]),
    111: row(
      "arguments that look alike, and arguments that run code",
      ["tests/fleche/confusable-arguments.test.ts", "never share an entry"],
      ["tests/digest/refusals.test.ts", "no code of the value is run"],
    ),
    112: row("arguments that change while they are named or used"),
  },
  "Time and observation": {
    114: row("a clock that is wrong by years, or tells no time", ["tests/engine/freshness.test.ts", "clock put back"]),
    115: row("how long a wrong tag takes, by its first wrong byte", [
      "tests/slow/timing.test.ts",
      "whether its first wrong byte",
    ]),
    116: row("64 MiB under a wrong tag", ["tests/slow/timing.test.ts", "64 MiB"]),
    117: row(
      "ten keys instead of one",
      ["tests/slow/timing.test.ts", "ten keys"],
      ["tests/seal/primitives.test.ts", "ten keys costs what one costs"],
    ),
    118: row("refusals by the thousand"),
  },
  "The other reasons": {
    121: row("no entry, and one that is too old"),
    122: row("fields that do not go together, with a valid tag"),
    123: row("another namespace under a valid tag"),
    124: row("bodies that inflate to something else", ["tests/codec/hostile.test.ts", "a bomb is inflated no further"]),
    125: row("a store that fails"),
  },
};
