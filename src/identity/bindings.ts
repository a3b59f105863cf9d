/**
 * The names that a source declares itself, and where each holds. A name is taken for the source's own only where that
 * is certain; where it is not, it stays a candidate, and at worst one variable too many is looked at.
 */
import { endsByBreak, expressionEnd, type Frame, isWord, type Structure, skip } from "./structure.ts";
import type { SourceToken } from "./tokens.ts";
import { RESERVED } from "./words.ts";

/** Answers whether the name at a place is the source's own. */
export interface Bindings {
  isOwn(name: string, place: number): boolean;
}

type Range = readonly [start: number, end: number];

/** Finds what the source declares. */
export function bindingsOf(structure: Structure): Bindings {
  const ranges = new Map<string, Range[]>();
  const declare = (name: string, range: Range): void => {
    const known = ranges.get(name);
    if (known === undefined) ranges.set(name, [range]);
    else known.push(range);
  };
  declareFunctions(structure, declare);
  declareClasses(structure, declare);
  declareVariables(structure, declare);
  return {
    isOwn: (name, place) => ranges.get(name)?.some(([start, end]) => start <= place && place <= end) ?? false,
  };
}

type Declare = (name: string, range: Range) => void;

function declareFunctions(structure: Structure, declare: Declare): void {
  const { tokens, functions, partner } = structure;
  for (const { start, end, parameters, name } of functions) {
    const [open, close] = parameters;
    const from = isWord(tokens[open], "(") ? open + 1 : open;
    const to = from === open ? close + 1 : close;
    readPatterns(structure, from, to, (parameter) => declare(parameter, [open, end]));
    if (name === undefined) continue;
    const text = (tokens[name] as SourceToken).text;
    declare(text, [start, end]);
    const block = declaringBlock(structure, isWord(tokens[start - 1], "async") ? start - 1 : start);
    if (block !== undefined) declare(text, block);
  }
  for (const [i, token] of tokens.entries()) {
    // `catch (e) {`; a method called `catch` looks the same, and its parameters hold in the same place.
    if (!isWord(token, "catch") || !isWord(tokens[i + 1], "(")) continue;
    const close = partner[i + 1] as number;
    if (!isWord(tokens[close + 1], "{")) continue;
    const range: Range = [i + 1, partner[close + 1] as number];
    readPatterns(structure, i + 2, close, (name) => declare(name, range));
  }
}

function declareClasses(structure: Structure, declare: Declare): void {
  for (const { start, name, end } of structure.classes) {
    if (name === undefined) continue;
    const text = (structure.tokens[name] as SourceToken).text;
    declare(text, [start, end]);
    const block = declaringBlock(structure, start);
    if (block !== undefined) declare(text, block);
  }
}

/** Where a function or class at this place is certainly a statement: the braces in which its name holds. */
function declaringBlock({ tokens, frames, partner }: Structure, place: number): Range | undefined {
  const frame = frames[place];
  const previous = tokens[place - 1];
  if (previous === undefined || frame === undefined || !isWord(tokens[frame.open], "{") || frame.kind === "class")
    return undefined;
  const begins = isWord(previous, ";", "{", "}");
  if (!begins) {
    if (!endsByBreak(previous, tokens[place] as SourceToken)) return undefined;
    // After `await` it may be an expression, whose name holds only inside.
    if (previous.kind === "name" && !previous.property && (RESERVED.has(previous.text) || previous.text === "await"))
      return undefined;
    // `if (…)` and a break: the declaration would be a block of its own.
    if (
      isWord(previous, ")") &&
      isWord(tokens[(partner[place - 1] as number) - 1], "if", "while", "for", "with", "await")
    )
      return undefined;
  }
  return [frame.open, frame.close];
}

function declareVariables(structure: Structure, declare: Declare): void {
  const { tokens, frames } = structure;
  for (const [i, token] of tokens.entries()) {
    if (!isWord(token, "const", "let", "var", "using")) continue;
    const frame = frames[i];
    const next = tokens[i + 1];
    if (frame === undefined || frame.kind === "class" || next === undefined) continue;
    if (frame.kind !== "for" && !isWord(tokens[frame.open], "{")) continue;
    if (next.kind === "name" ? RESERVED.has(next.text) : token.text === "using" || !isWord(next, "[", "{")) continue;
    // `using` is a name in older code; only with another name on its line is it a declaration.
    if (token.text === "using" && (next.broken || next.text === "of")) continue;
    const range = token.text === "var" ? hoisted(structure, frame) : scopeOf(structure, frame);
    readDeclarators(structure, i + 1, (name) => declare(name, range));
  }
}

/** Where `let` and `const` hold: their braces, or the header of a `for` with the block or simple statement after it. */
function scopeOf({ tokens, partner }: Structure, frame: Frame): Range {
  if (frame.kind !== "for") return [frame.open, frame.close];
  const body = frame.close + 1;
  if (isWord(tokens[body], "{")) return [frame.open, partner[body] as number];
  // Up to the first brace only: after one it is not certain that the statement goes on.
  let at = body;
  while (!endsSimple(tokens[at])) {
    if (at > body && endsByBreak(tokens[at - 1] as SourceToken, tokens[at] as SourceToken)) break;
    at = skip(tokens, partner, at);
  }
  return [frame.open, at - 1];
}

function endsSimple(token: SourceToken | undefined): boolean {
  return (
    token === undefined || token.kind === "middle" || token.kind === "tail" || isWord(token, "{", ";", ")", "]", "}")
  );
}

/** Where `var` holds: up to the function around it, as far as everything between is certainly statements. */
function hoisted(structure: Structure, frame: Frame): Range {
  let at = frame;
  while ((at.kind === "block" || at.kind === "for") && at.outer !== undefined) {
    if (!["block", "for", "body"].includes(at.outer.kind)) break;
    at = at.outer;
  }
  return scopeOf(structure, at);
}

type OnName = (name: string) => void;

/** `a = 1, { b } = c`: the names, as long as it is certain that the declaration goes on. */
function readDeclarators(structure: Structure, from: number, onName: OnName): void {
  const { tokens, partner } = structure;
  let at: number | undefined = from;
  while (at !== undefined) {
    at = readPattern(structure, at, onName);
    if (at === undefined) return;
    if (isWord(tokens[at], "=")) at = expressionEnd(tokens, partner, at + 1);
    at = isWord(tokens[at], ",") ? at + 1 : undefined;
  }
}

/** Parameters, or the elements of an array pattern, between two places. */
function readPatterns(structure: Structure, from: number, to: number, onName: OnName): void {
  const { tokens } = structure;
  let at = from;
  while (at < to) {
    if (isWord(tokens[at], ",", "...")) {
      at++;
      continue;
    }
    const after = readPattern(structure, at, onName);
    if (after === undefined) return;
    at = afterDefault(structure, after, to);
  }
}

/** The place of the next comma. */
function afterDefault({ tokens, partner }: Structure, from: number, to: number): number {
  let at = from;
  while (at < to && !isWord(tokens[at], ",")) at = skip(tokens, partner, at);
  return at;
}

/** One name or pattern; the place after it, or `undefined` for what is neither. */
function readPattern(structure: Structure, at: number, onName: OnName): number | undefined {
  const { tokens, partner } = structure;
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === "name" && !token.property && !RESERVED.has(token.text)) {
    onName(token.text);
    return at + 1;
  }
  const close = partner[at];
  if (isWord(token, "[") && close !== undefined) {
    readPatterns(structure, at + 1, close, onName);
    return close + 1;
  }
  if (!isWord(token, "{") || close === undefined) return undefined;
  readProperties(structure, at + 1, close, onName);
  return close + 1;
}

/** `a, b: c, [d]: e = f, ...g` between the braces of an object pattern. */
function readProperties(structure: Structure, from: number, to: number, onName: OnName): void {
  const { tokens, partner } = structure;
  let at = from;
  while (at < to) {
    if (isWord(tokens[at], ",", "...")) {
      at++;
      continue;
    }
    const afterKey = skip(tokens, partner, at);
    const after = readPattern(structure, isWord(tokens[afterKey], ":") ? afterKey + 1 : at, onName);
    if (after === undefined) return;
    at = afterDefault(structure, after, to);
  }
}
