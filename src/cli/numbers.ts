/** Numbers on the command line: whole ones, sizes, lengths of time. Told at once, with what was expected. */
import { InvalidArgumentError } from "commander";
import { bytes, duration, type Reader } from "../config/values.ts";

/** A whole number, 0 or more. */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is expected, 0 or more.");
}

const read = (reader: Reader, value: unknown): number => {
  const found = reader(value, "");
  if ("value" in found) return found.value as number;
  throw new InvalidArgumentError(`Expected is ${found.expected}.`);
};

/** `1GiB`, or a number of bytes. */
export function byteSize(text: string): number {
  return read(bytes, /^\d+$/.test(text) ? Number(text) : text);
}

/** `30d`, `12h`. */
export function lengthOfTime(text: string): number {
  return read(duration, text);
}
