/**
 * The header of an entry, 128 bytes, integers big-endian: what the bytes behind it are for. Layout only; which values
 * are acceptable is decided in `open.ts`. The format has a page: docs/reference/envelope.md.
 */

/** What an entry holds. */
export const KIND = { value: 1, record: 2 } as const;
/** How an entry is signed; Ed25519 is reserved. */
export const SUITE = { checksum: 0, hmac: 1, ed25519: 2 } as const;
/** How its body is compressed. */
export const COMPRESSION = { none: 0, gzip: 1 } as const;
/** Which digests its name is one of. */
export const SCHEME = { exact: 1, python: 2 } as const;

export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x46, 0x4c, 0x43, 0x0d, 0x0a, 0x1a, 0x0a);
export const VERSION = 1;
export const HEADER_SIZE = 128;

/** Bytes of the tag behind the header, by suite. */
export const TAG_SIZE: Readonly<Record<number, number>> = { 0: 32, 1: 32, 2: 64 };

/** The fields of a header, as they stand there. */
export interface Header {
  readonly version: number;
  readonly suite: number;
  readonly kind: number;
  readonly codec: number;
  readonly compression: number;
  readonly flags: number;
  readonly scheme: number;
  /** Length of the stored body. */
  readonly storedLength: bigint;
  /** Length after decryption and decompression. */
  readonly rawLength: bigint;
  /** Unix milliseconds. */
  readonly createdMs: bigint;
  /** SHA-256 of the stored body, 32 bytes. */
  readonly bodyHash: Uint8Array;
  /** Full digest or lookup key, 64 hex characters. */
  readonly entry: string;
  /** 16 bytes. */
  readonly namespaceId: Uint8Array;
  /** 8 bytes as hex; zeros where no key signed. */
  readonly keyId: string;
}

/** Writes a header at the start of `target`. */
export function writeHeader(header: Header, target: Buffer): void {
  target.set(MAGIC, 0);
  target[8] = header.version;
  target[9] = header.suite;
  target[10] = header.kind;
  target[11] = header.codec;
  target[12] = header.compression;
  target[13] = header.flags;
  target.writeUInt16BE(header.scheme, 14);
  target.writeBigUInt64BE(header.storedLength, 16);
  target.writeBigUInt64BE(header.rawLength, 24);
  target.writeBigUInt64BE(header.createdMs, 32);
  target.set(header.bodyHash, 40);
  target.write(header.entry, 72, "hex");
  target.set(header.namespaceId, 104);
  target.write(header.keyId, 120, "hex");
}

/** Reads the fields of a header; `bytes` begins with the magic and has 128 bytes at least. */
export function readHeader(bytes: Uint8Array): Header {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_SIZE);
  return {
    version: source.readUInt8(8),
    suite: source.readUInt8(9),
    kind: source.readUInt8(10),
    codec: source.readUInt8(11),
    compression: source.readUInt8(12),
    flags: source.readUInt8(13),
    scheme: source.readUInt16BE(14),
    storedLength: source.readBigUInt64BE(16),
    rawLength: source.readBigUInt64BE(24),
    createdMs: source.readBigUInt64BE(32),
    bodyHash: source.subarray(40, 72),
    entry: source.toString("hex", 72, 104),
    namespaceId: source.subarray(104, 120),
    keyId: source.toString("hex", 120, 128),
  };
}
