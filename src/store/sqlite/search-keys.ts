/**
 * How what may be searched lies in the tables: digests as bytes, arguments as two small numbers. Collisions only make a
 * search find too much, and what is found is opened and matched again.
 */

/** A digest as 32 bytes; any other text as it is. */
export function digestColumn(digest: string | null): Uint8Array | string | null {
  return digest !== null && /^[0-9a-f]{64}$/.test(digest) ? Buffer.from(digest, "hex") : digest;
}

/** The first 48 bits of an argument's digest: what a JavaScript number holds and SQLite keeps in six bytes. */
export function digestNumber(digest: string): number {
  return Number.parseInt(digest.slice(0, 12), 16) || 0;
}

/** 24 bits of the FNV-1a hash of an argument's name, kept in three bytes. */
export function nameNumber(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // The upper bits are the better mixed ones.
  return hash >>> 8;
}
