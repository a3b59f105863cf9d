/** Checks what V8 read for a body: every part of the right type, every place in range. Trees are walked later, as they are read. */
import { DecodeError } from "../errors.ts";
import { type Body, FORM, type FunctionPart, ROOT, type ScopePart } from "./body.ts";
import { MOST_NESTED } from "./script.ts";

/** A body, its lists no longer than the bytes that it was read from. Throws `DecodeError`. */
export function bodyOf(raw: unknown, size: number): Body {
  const { form, value, functions, scopes } = record(raw, "a body");
  if (form !== FORM) throw new DecodeError(`a closure of form ${String(form)}; this version reads form ${FORM}`);
  const depths: number[] = [];
  const checked = list(scopes, size, "scopes").map((scope, i) => scopeOf(scope, i, depths, size));
  const parts = list(functions, size, "functions");
  return {
    form,
    value,
    scopes: checked,
    functions: parts.map((part) => functionOf(part, parts.length, checked.length)),
  };
}

/** What a name of a variable may be made of: it becomes a part of a script. */
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

function scopeOf(raw: unknown, place: number, depths: number[], size: number): ScopePart {
  const { parent, names, values } = record(raw, "a scope");
  if (!isPlace(parent, place)) throw new DecodeError("a scope around itself");
  const depth = parent < 0 ? 0 : (depths[parent] as number) + 1;
  depths.push(depth);
  if (depth > MOST_NESTED) throw new DecodeError(`scopes more than ${MOST_NESTED} deep`);
  const texts = list(names, size, "names").map(name);
  const trees = list(values, size, "values");
  // A name that stands twice does not parse.
  if (trees.length !== texts.length) throw new DecodeError("a scope with a name without its value");
  return { parent, names: texts, values: trees };
}

function functionOf(raw: unknown, functions: number, scopes: number): FunctionPart {
  const part = record(raw, "a function");
  if ("of" in part) {
    const { of, isStatic, key, role } = part;
    if (!isPlace(of, functions)) throw new DecodeError("a member of a class that is not there");
    if (role !== "value" && role !== "get" && role !== "set") throw new DecodeError("a member of an unknown kind");
    return { of, isStatic: isStatic === true, key, role };
  }
  const { scope, own, prototype, parent, inherits } = part;
  if (!isPlace(scope, scopes)) throw new DecodeError("a function in a scope that is not there");
  return {
    text: text(part.text, "a source"),
    method: part.method === true,
    scope,
    name: part.name === undefined ? undefined : text(part.name, "the name of a function"),
    length: part.length === undefined ? undefined : number(part.length),
    heritage: part.heritage === undefined ? undefined : name(part.heritage),
    apart: part.apart === true,
    parent,
    own: own as never,
    prototype: prototype as never,
    inherits,
  };
}

/** A place in a list of this length, or one of the roots. */
function isPlace(value: unknown, length: number): value is number {
  return Number.isInteger(value) && (value as number) >= ROOT.sloppy && (value as number) < length;
}

function record(raw: unknown, what: string): Record<string, unknown> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new DecodeError(`${what} that is no record`);
  // Own properties only: nothing of a prototype is to be taken for a field.
  return { __proto__: null, ...raw } as Record<string, unknown>;
}

function list(raw: unknown, size: number, what: string): readonly unknown[] {
  // An element takes a byte at least; a longer array has holes only.
  if (!Array.isArray(raw) || raw.length > size) throw new DecodeError(`${what} that are no list`);
  return Array.from(raw as unknown[]);
}

function text(raw: unknown, what: string): string {
  if (typeof raw !== "string") throw new DecodeError(`${what} that is no text`);
  return raw;
}

function name(raw: unknown): string {
  const found = text(raw, "a name");
  return NAME.test(found) ? found : text(undefined, "a variable whose name");
}

function number(raw: unknown): number {
  if (typeof raw !== "number") throw new DecodeError("the length of a function that is no number");
  return raw;
}
