/** What protocol 0 writes as lines of text: escaped texts, floats. */
import { DecodeError } from "../../errors.ts";
import { asciiOf, joined } from "./input.ts";

const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A float as Python's `repr` writes it. */
export function floatLine(line: string): number {
  const special = /^([+-]?)(inf|nan)$/.exec(line);
  if (special !== null) return special[2] === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (!FLOAT.test(line)) throw new DecodeError("a line that is no float");
  return Number(line);
}

/** A text with \u and \U escapes, all other characters as bytes of Latin-1 (`raw-unicode-escape`). */
export function unicodeLine(line: string): string {
  const pieces: string[] = [];
  let last = "";
  const add = (piece: string): void => {
    // Only the ends can form a pair.
    joined(last, piece);
    pieces.push(piece);
    if (piece !== "") last = piece;
  };
  let start = 0;
  for (let i = line.indexOf("\\"); i !== -1; i = line.indexOf("\\", i)) {
    const kind = line[i + 1];
    if (kind !== "u" && kind !== "U") {
      // A backslash before anything else stands for itself, and so does what follows.
      i += 2;
      continue;
    }
    const size = kind === "u" ? 4 : 8;
    const digits = line.slice(i + 2, i + 2 + size);
    if (digits.length < size || !/^[0-9a-fA-F]+$/.test(digits)) {
      throw new DecodeError("a text with an escape that is cut");
    }
    add(line.slice(start, i));
    // A `RangeError` beyond Unicode, which the reader makes a refusal.
    add(String.fromCodePoint(Number.parseInt(digits, 16)));
    i += 2 + size;
    start = i;
  }
  add(line.slice(start));
  return pieces.join("");
}

const ESCAPES: { readonly [letter: string]: string } = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A quoted str of Python 2, as its `repr` writes it. */
export function quotedLine(line: string): string {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
    throw new DecodeError("a text without its quotes");
  }
  const text = line.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.)|$)/gs, (_, hex, octal, letter) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (letter !== undefined && Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter] as string;
    throw new DecodeError("a text with an escape that Python does not write");
  });
  return asciiOf(text);
}
