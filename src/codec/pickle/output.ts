/**
 * The bytes of a pickle as Python's own pickler lays them out: frames of about 64 KiB, longer texts and bytes beside
 * them. Knows no values.
 */
import { OP } from "./opcode.ts";

/** So many elements, entries or members are handed over at once. */
export const BATCH = 1000;

/** A frame that has come to this size ends at the next value; what is as long as this alone is in no frame. */
const FRAME_TARGET = 64 * 1024;
/** Less than this is not worth a frame. */
const FRAME_MIN = 4;
/** Opcode and length of eight bytes. */
const FRAME_HEADER = 9;

/** Takes a pickle's bytes in order. */
export class Output {
  #buffer: Buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  /** Where the header of the frame is that is being filled; -1 outside frames. */
  #frame = -1;
  #framing = false;

  /** Frames from here on. */
  startFraming(): void {
    this.#framing = true;
  }

  /** A value begins: where a frame may end. */
  boundary(): void {
    if (this.#frame !== -1 && this.#length - this.#frame - FRAME_HEADER >= FRAME_TARGET) this.#closeFrame();
  }

  op(opcode: number): void {
    const at = this.#room(1);
    this.#buffer[at] = opcode;
  }

  op1(opcode: number, byte: number): void {
    const at = this.#room(2);
    this.#buffer[at] = opcode;
    this.#buffer[at + 1] = byte;
  }

  op2(opcode: number, uint16: number): void {
    const at = this.#room(3);
    this.#buffer[at] = opcode;
    this.#buffer.writeUInt16LE(uint16, at + 1);
  }

  /** The low 32 bits. */
  op4(opcode: number, value: number): void {
    const at = this.#room(5);
    this.#buffer[at] = opcode;
    this.#buffer.writeUInt32LE(value >>> 0, at + 1);
  }

  opDouble(opcode: number, value: number): void {
    const at = this.#room(9);
    this.#buffer[at] = opcode;
    this.#buffer.writeDoubleBE(value, at + 1);
  }

  /** Bytes with their length before them, in as many bytes as the opcodes have: 1, 4, 8. */
  opBytes(short: number, medium: number, long: number, bytes: Uint8Array): void {
    const alone = bytes.length >= FRAME_TARGET;
    const framing = this.#framing;
    if (alone) {
      this.#closeFrame();
      this.#framing = false;
    }
    if (bytes.length < 0x100) this.op1(short, bytes.length);
    else if (bytes.length <= 0xffffffff) this.op4(medium, bytes.length);
    else {
      const at = this.#room(9);
      this.#buffer[at] = long;
      this.#buffer.writeBigUInt64LE(BigInt(bytes.length), at + 1);
    }
    this.raw(bytes);
    this.#framing = framing;
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Before the part at this index, of so many: one alone has no mark, others have one for each thousand. */
  beforePart(index: number, count: number): void {
    if (count > 1 && index % BATCH === 0) this.op(OP.MARK);
  }

  /** After it: what hands it over alone, or all since the mark. */
  afterPart(index: number, count: number, single: number, many: number): void {
    if (count === 1) this.op(single);
    else if (index + 1 === count || index % BATCH === BATCH - 1) this.op(many);
  }

  /** All that was taken; memory of its own. */
  end(): Buffer {
    this.#closeFrame();
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#length) as Buffer;
  }

  /** Where so many bytes may be written. */
  #room(count: number): number {
    const header = this.#framing && this.#frame === -1 ? FRAME_HEADER : 0;
    const needed = this.#length + header + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    if (header > 0) {
      this.#frame = this.#length;
      this.#length += header;
    }
    const at = this.#length;
    this.#length = at + count;
    return at;
  }

  #closeFrame(): void {
    if (this.#frame === -1) return;
    const start = this.#frame;
    const length = this.#length - start - FRAME_HEADER;
    if (length >= FRAME_MIN) {
      this.#buffer[start] = OP.FRAME;
      this.#buffer.writeBigUInt64LE(BigInt(length), start + 1);
    } else {
      this.#buffer.copyWithin(start, start + FRAME_HEADER, this.#length);
      this.#length -= FRAME_HEADER;
    }
    this.#frame = -1;
  }
}
