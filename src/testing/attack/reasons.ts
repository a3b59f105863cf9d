/** The page about reasons, made of the suite's own data, so that it says nothing that is not tried. Writes no file. */
import { REASONS, type Reason, type ReasonClass, reasonClass } from "../../observe/reason.ts";
import { FILE_CASES } from "./files.ts";
import { ATTACK_CASES, ATTACK_SEQUENCES } from "./suite.ts";

const MEANING: { readonly [R in Reason]: readonly [meaning: string, advice: string] } = {
  absent: ["There is no entry.", "Nothing: the function runs, the value is made."],
  expired: ["The entry is older than it may be.", "Nothing: the function runs again."],
  "not-an-envelope": ["The bytes are not an entry of fleche.", "Look who writes there; save again to replace it."],
  unsigned: ["The entry has no signature, and keys are configured.", "Save again, or read with `keys: null` once."],
  "unsupported-version": ["Another version of the format.", "Update fleche, or save again."],
  "unsupported-suite": ["Signed in a way that this version cannot check.", "Update fleche, or save again."],
  "unsupported-flags": ["A feature that this version does not have.", "Update fleche, or save again."],
  "bad-header": ["Fields of the header that do not go together.", "Save again; ask who wrote it."],
  "unknown-key": ["Signed by a key that is not configured.", "Add the key behind the first one, or save again."],
  "bad-signature": ["The header, or its tag, was changed; or it is of another namespace.", "Take it for tampering."],
  "wrong-kind": [
    "A call record where a value is expected, or the other way round; or its key may not vouch for this kind.",
    "Take it for tampering; look at the policy of the key.",
  ],
  "wrong-entry": ["A sound entry under the name of another.", "Take it for tampering."],
  "wrong-namespace": [
    "A sound entry of another namespace; or its key may not vouch in this one.",
    "Look at `namespace` and at the policy of the key; save again.",
  ],
  "codec-not-allowed": [
    "Its codec may not be decoded here, or not on the word of this key.",
    "Configure keys, grant the codec to the key, or make the store private to you.",
  ],
  "too-large": ["Larger than `maxEntryBytes`, as it lies or as it says.", "Raise the limit if you expect it."],
  truncated: ["Shorter than it says.", "Save again; look at the disk or the transfer."],
  "trailing-bytes": ["Longer than it says.", "Save again; ask who wrote it."],
  "body-mismatch": ["The body is not the one that was signed.", "Take it for tampering, or a failing disk."],
  "not-a-regular-file": ["A link, FIFO, device or directory lies there.", "Take it for tampering; remove it."],
  "decompress-failed": ["The signed body does not inflate to what it says.", "Ask who holds the key."],
  "decode-failed": ["The signed body is no value of its codec.", "Register its classes; update fleche; save again."],
  "content-mismatch": ["The value is not the one that its name stands for.", "Ask who wrote it; save again."],
  "io-error": ["The store failed; it says nothing about the entry.", "Look at the store; nothing was lost."],
};

const THROWN: { readonly [C in ReasonClass]: string } = {
  absence: "`NotFoundError`",
  signature: "`SignatureError`",
  damage: "`DamagedError`",
  store: "`StoreError`",
};

/** Titles of the cases that give a reason, in the order of the catalogue. */
export function casesOf(reason: Reason): string[] {
  const cases = [...ATTACK_CASES, ...FILE_CASES]
    .filter(({ expect }) => expect === reason)
    .map(({ row, title }) => ({ row, title }));
  for (const { row, title, reasons = [] } of ATTACK_SEQUENCES) if (reasons.includes(reason)) cases.push({ row, title });
  return cases.sort((one, other) => one.row - other.row).map(({ row, title }) => `${row}: ${title}`);
}

/** The page, in Markdown. */
export function reasonsPage(): string {
  const rows = REASONS.map((reason) => {
    const [meaning, advice] = MEANING[reason];
    return `| \`${reason}\` | ${meaning} | ${THROWN[reasonClass(reason)]} | ${advice} |`;
  });
  const cases = REASONS.map((reason) => {
    const titles = casesOf(reason);
    const list = titles.map((title) => `- ${title.replaceAll("|", "\\|")}`);
    return `### ${reason}\n\n${list.join("\n")}\n`;
  });
  return `# Reasons

Every lookup that misses has one of these reasons: in \`error.reason\`, in \`stats().misses\`, in the warning, and in the
events of \`fleche:store\`. They are listed in the order in which an entry is checked; the first check that fails is the
one that is told. Nothing of an entry is decoded for a reason before \`decode-failed\`, and nothing is ever deleted: the
entry lies there until it is saved again or evicted.

A \`SignatureError\` and a \`DamagedError\` are \`NotFoundError\`s: whoever catches that one makes the value again.

| reason | meaning | what \`load\` throws | what to do |
|---|---|---|---|
${rows.join("\n")}

## What gives them

The cases of the attack suite (\`attackStore\` and \`attackFileStore\` of \`fleche/testing\`), each of which is tried over
every store. This page is made from them.

${cases.join("\n")}`;
}
