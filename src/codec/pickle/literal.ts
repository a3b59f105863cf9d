/** The opcodes whose value stands in the pickle itself: numbers, texts, bytes. */
import { DecodeError } from "../../errors.ts";
import { Held } from "./held.ts";
import { decimalInteger, type Input } from "./input.ts";
import { floatLine, quotedLine, unicodeLine } from "./lines.ts";
import { OP } from "./opcode.ts";
import { PyByteArray } from "./value/byte-array.ts";

/** The value behind such an opcode; `undefined` for any other opcode. */
export function readLiteral(opcode: number, input: Input): unknown {
  switch (opcode) {
    case OP.LONG1:
      return input.integer(input.byte());
    case OP.LONG4:
      return input.integer(positive(input.int32()));
    case OP.INT: {
      const line = input.line();
      return line === "00" ? false : line === "01" ? true : decimalInteger(line);
    }
    case OP.LONG:
      return decimalInteger(input.line().replace(/L$/, ""));
    case OP.FLOAT:
      return floatLine(input.line());
    case OP.BINUNICODE:
      return input.text(input.uint32());
    case OP.BINUNICODE8:
      return input.text(input.length8());
    case OP.UNICODE:
      return unicodeLine(input.line());
    case OP.STRING:
      return quotedLine(input.line());
    case OP.BINSTRING:
      return input.ascii(positive(input.int32()));
    case OP.SHORT_BINSTRING:
      return input.ascii(input.byte());
    case OP.SHORT_BINBYTES:
      return new Held("value", input.bytes(input.byte()));
    case OP.BINBYTES:
      return new Held("value", input.bytes(input.uint32()));
    case OP.BINBYTES8:
      return new Held("value", input.bytes(input.length8()));
    case OP.BYTEARRAY8:
      return new Held("value", new PyByteArray(input.bytes(input.length8())));
    default:
      return undefined;
  }
}

function positive(length: number): number {
  if (length < 0) throw new DecodeError("a negative length");
  return length;
}
