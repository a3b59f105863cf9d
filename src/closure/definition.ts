/**
 * How the source of one function becomes a function again, and whether that would run anything. Reviving only defines:
 * what a source would do on the way (a static block, an initialiser, a superclass that is computed) is refused.
 */
import { types } from "node:util";
import type { Source } from "../identity/source.ts";
import { isWord, type Structure, skip, structureOf } from "../identity/structure.ts";
import { type SourceToken, tokenize } from "../identity/tokens.ts";

/** A source that can be evaluated: as an expression, or as the one member of an object. */
export interface Definition {
  readonly form: "expression" | "method";
  /** The name of the superclass: a variable, then members of it. */
  readonly heritage: readonly string[];
}

/** How a function is defined; throws by `refuse` where that would run code. */
export function definitionOf(fn: object, source: Source, refuse: (problem: string) => never): Definition {
  const { tokens } = tokenize(source.text);
  const structure = tokens === undefined ? undefined : structureOf(tokens);
  if (source.isClass) {
    if (structure === undefined) return refuse("a class whose source cannot be read with certainty");
    return { form: "expression", heritage: classHeritage(structure, refuse) };
  }
  const form = isExpression(fn, source.text) ? "expression" : "method";
  if (form === "method" && !hasPlainName(source.text, structure))
    refuse("a method with a computed name, which would have to be computed again");
  return { form, heritage: [] };
}

/** Functions, arrows and classes are expressions; a method's source, alone, is none. */
function isExpression(fn: object, text: string): boolean {
  if (/^(?:async\s+)?function\b/.test(text)) {
    // A method may be called "function"; only what has a prototype, or is async, is the word.
    return Object.hasOwn(fn, "prototype") || types.isAsyncFunction(fn);
  }
  try {
    new (process.getBuiltinModule("node:vm").Script)(`(\n${text}\n)`);
    return true;
  } catch {
    return false;
  }
}

function hasPlainName(text: string, structure: Structure | undefined): boolean {
  if (structure === undefined) return !/^\s*(?:(?:async|get|set|static|\*)\s*)*\[/.test(text);
  const { tokens } = structure;
  let at = 0;
  while (isWord(tokens[at], "async", "get", "set", "static", "*") && !isWord(tokens[at + 1], "(")) at++;
  return !isWord(tokens[at], "[") || isPlainKey(structure, at);
}

/** `[Symbol.iterator]`, `["text"]`, `[1]`. */
function isPlainKey({ tokens, partner }: Structure, open: number): boolean {
  const inside = tokens.slice(open + 1, partner[open]);
  if (inside.length === 1) return inside[0]?.kind === "literal";
  return inside.length === 3 && isWord(inside[0], "Symbol") && isWord(inside[1], ".") && inside[2]?.kind === "name";
}

/** The name of the superclass, empty where there is none. Refuses a class whose definition runs anything. */
function classHeritage(structure: Structure, refuse: (problem: string) => never): readonly string[] {
  const { tokens, classes, frames } = structure;
  const outer = classes.find(({ start }) => start === 0);
  if (outer === undefined) return refuse("a class whose superclass is computed");
  for (let at = outer.open + 1; at < outer.end; at++) {
    if (frames[at]?.open !== outer.open) continue;
    if (isWord(tokens[at], "static")) assertInert(structure, at + 1, refuse);
    else if (isWord(tokens[at], "[") && beginsMember(tokens, at) && !isPlainKey(structure, at))
      refuse("a class with a computed member name, which would have to be computed again");
  }
  const extended = outer.name === undefined ? 1 : 2;
  if (!isWord(tokens[extended], "extends")) return [];
  const heritage = tokens.slice(extended + 1, outer.open);
  const isPath = heritage.every(({ kind, text }, i) => (i % 2 === 0 ? kind === "name" : text === "."));
  if (!isPath) return refuse("a class whose superclass is computed");
  return heritage[0]?.text === "null" ? [] : heritage.filter((_, i) => i % 2 === 0).map(({ text }) => text);
}

/** Whether brackets at this place can be the name of a member, and not part of an initialiser. */
function beginsMember(tokens: readonly SourceToken[], at: number): boolean {
  const before = tokens[at - 1];
  if (isWord(before, "{", "}", ";", "*", "static", "async", "get", "set")) return true;
  return tokens[at]?.broken === true && !(before?.kind === "punctuator" && !isWord(before, ")", "]"));
}

/** A static member runs nothing if it is a method, or a field of plain data. */
function assertInert(structure: Structure, from: number, refuse: (problem: string) => never): void {
  const { tokens, partner } = structure;
  // A member that is called `static` itself.
  if (isWord(tokens[from], "(", "=", ";", "}")) return;
  if (isWord(tokens[from], "{")) refuse("a class with a static block, which would run again");
  let at = from;
  while (isWord(tokens[at], "async", "get", "set", "*") && !isWord(tokens[at + 1], "(", "=", ";")) at++;
  at = isWord(tokens[at], "[") ? (partner[at] as number) + 1 : at + 1;
  if (!isWord(tokens[at], "=")) return;
  const end = dataEnd(structure, at + 1);
  const after = end === undefined ? undefined : tokens[end];
  if (after === undefined || !(isWord(after, ";", "}") || beginsNextMember(after)))
    refuse("a class with a static field that is more than plain data, whose initialiser would run again");
}

/** Whether a name on a new line ends the field before it: an operator goes on with it. */
function beginsNextMember(token: SourceToken): boolean {
  return token.broken && token.kind === "name" && !isWord(token, "in", "instanceof");
}

/** The place after a literal of plain data; `undefined` for any other expression. */
function dataEnd(structure: Structure, at: number): number | undefined {
  const { tokens, partner } = structure;
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === "literal" || isWord(token, "true", "false", "null", "undefined")) return at + 1;
  if (isWord(token, "-")) return tokens[at + 1]?.kind === "literal" ? at + 2 : undefined;
  const close = partner[at];
  if (close === undefined || !isWord(token, "[", "{")) return undefined;
  let next = at + 1;
  while (next < close) {
    if (isWord(token, "{")) {
      const key = tokens[next];
      if ((key?.kind !== "name" && key?.kind !== "literal") || !isWord(tokens[next + 1], ":")) return undefined;
      next += 2;
    }
    const end = dataEnd(structure, next);
    if (end === undefined || !(end === close || isWord(tokens[end], ","))) return undefined;
    next = end === close ? end : end + 1;
  }
  return skip(tokens, partner, at);
}
