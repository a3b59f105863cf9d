/**
 * How what may be searched lies in the tables: a few bytes of each digest. Collisions only make a search find too much,
 * and what is found is opened and matched again.
 */

/** A digest as 32 bytes; any other text as it is. */
export function digestColumn(digest: string | null): Uint8Array | string | null {
  return digest !== null && /^[0-9a-f]{64}$/.test(digest) ? Buffer.from(digest, "hex") : digest;
}

/** How much of a name its index holds: among a million names two begin alike once in five hundred stores. */
export const PREFIX_BYTES = 6;

/** What stands for a result or a parent: the bytes by which names are found; of any other text, its first ones. */
export function prefixColumn(digest: string): Uint8Array {
  const column = digestColumn(digest);
  return (column instanceof Uint8Array ? column : Buffer.from(digest)).subarray(0, PREFIX_BYTES);
}

/** What stands for an argument. */
export interface ArgumentMark {
  /** 32 bits of its digest: SQLite keeps them in four bytes. */
  readonly digest: number;
  /** Eight bits of its name's hash, kept in one. */
  readonly name: number;
}

/** The mark of an argument. */
export function argumentMark(name: string, digest: string): ArgumentMark {
  return { digest: digestNumber(digest), name: nameNumber(name) };
}

/** The first 32 bits of a digest, signed. */
export function digestNumber(digest: string): number {
  return Number.parseInt(digest.slice(0, 8), 16) | 0;
}

/** The upper eight bits of the FNV-1a hash of a name, which are the best mixed ones; signed. */
function nameNumber(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >> 24;
}

const MARK_BYTES = 5;

/** A function of more arguments than this leaves rows behind when it is forgotten; they lead nowhere. */
export const MOST_MARKS_BYTES: number = 1_000 * MARK_BYTES;

/** Marks as one column. */
export function marksColumn(marks: readonly ArgumentMark[]): Uint8Array | null {
  if (marks.length === 0) return null;
  const bytes = Buffer.alloc(marks.length * MARK_BYTES);
  for (const [i, { digest, name }] of marks.entries()) {
    bytes.writeInt32BE(digest, i * MARK_BYTES);
    bytes.writeInt8(name, i * MARK_BYTES + 4);
  }
  return bytes;
}

/** The marks in a column, whatever lies there. */
export function marksIn(column: unknown): ArgumentMark[] {
  if (!(column instanceof Uint8Array)) return [];
  const view = new DataView(column.buffer, column.byteOffset, column.byteLength);
  return Array.from({ length: Math.floor(column.length / MARK_BYTES) }, (_, i) => ({
    digest: view.getInt32(i * MARK_BYTES),
    name: view.getInt8(i * MARK_BYTES + 4),
  }));
}
