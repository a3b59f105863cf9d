/**
 * The codec `json`: what JSON carries exactly, readable by everything else that reads JSON. What JSON would change
 * quietly (undefined, NaN, −0, holes, Dates …) is refused.
 */

import { kindOf } from "../digest/kind.ts";
import { assertOnlyIndices } from "../digest/only-indices.ts";
import { elementOf, fieldsOf, HOLE } from "../digest/own-fields.ts";
import { startWalk, type Walk, walkThrough } from "../digest/walk.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { behindParts, formatParts, partsOf } from "./parts.ts";

/** JSON repeats shared parts; a value that would grow beyond this many values by that is refused. */
const MAX_VALUES = 1 << 24;

/** For null, booleans, texts, numbers, arrays and plain objects. */
export const jsonCodec: Codec = {
  name: "json",
  id: 1,
  encode(value) {
    const walk = startWalk<number>(
      "",
      (path, problem) => new EncodeError(path, `${problem}; codec "json" cannot carry it`),
    );
    walkThrough(walk, () => countValues(value, walk));
    return Buffer.concat([formatParts([]), Buffer.from(textOf(value))]);
  },
  decode(body) {
    const walk = startWalk<number>(
      "",
      (path, problem) => new DecodeError(path === "" ? problem : `${path}: ${problem}`),
    );
    if (partsOf(jsonCodec.id, body).length > 0) throw new DecodeError("JSON that names parts; it is written whole");
    const value = parse(behindParts(body));
    walkThrough(walk, () => countValues(value, walk));
    return value;
  },
};

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new EncodeError("", "its JSON is longer than a text can be", { cause: error });
  }
}

function parse(text: Uint8Array): unknown {
  try {
    // Fatal: bytes that are no UTF-8 must not be read as U+FFFD.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text));
  } catch (error) {
    throw new DecodeError("not JSON in UTF-8", { cause: error });
  }
}

/** How many values JSON writes for this one; refuses what it cannot carry. */
function countValues(value: unknown, walk: Walk<number>): number {
  switch (typeof value) {
    case "string":
    case "boolean":
      return 1;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? 1
        : walk.refuse(Object.is(value, -0) ? "−0" : `${value}`);
    case "object":
      return value === null ? 1 : walk.object(value, countParts, walk);
    default:
      return walk.refuse(`${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`);
  }
}

function countParts(object: object, walk: Walk<number>): number {
  const kinded = kindOf(object);
  let count = 1;
  const add = (part: unknown, step: PropertyKey): void => {
    walk.enter(step);
    count += countValues(part, walk);
    walk.leave();
    if (count > MAX_VALUES) walk.refuse(`more than ${MAX_VALUES} values, most of them shared parts that JSON repeats`);
  };
  if (kinded.kind === "dict") {
    for (const [key, part] of fieldsOf(object, walk.refuse)) {
      if (typeof key === "symbol") walk.refuse("a symbol as key");
      add(part, key);
    }
  } else if (kinded.kind === "list") {
    const list = kinded.value;
    for (let i = 0; i < list.length; i++) {
      const part = elementOf(list, i, walk.refuse);
      if (part === HOLE) walk.refuse("a hole", i);
      add(part, i);
    }
    assertOnlyIndices(list, list.length, list.length, walk.refuse);
  } else {
    walk.refuse(
      kinded.kind === "unknown"
        ? kinded.problem
        : kinded.kind === "python"
          ? `a ${kinded.form.name} of Python`
          : `a ${kinded.kind}`,
    );
  }
  return count;
}
