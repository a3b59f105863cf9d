/**
 * Counters that a source-instrumenting coverage tool (Istanbul) writes into functions: `cov_1a2b().s[0]++`. Their values
 * change with every call. They are left out only where a source does nothing but count with them.
 */
import { isWord } from "./structure.ts";
import type { SourceToken } from "./tokens.ts";

/** Names in a source that are used only to count, as a statement or before a comma in parentheses. */
export function countersIn(tokens: readonly SourceToken[]): Set<string> {
  const counters = new Set<string>();
  const others = new Set<string>();
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "name" || token.property || !/^cov_\w+$/.test(token.text)) continue;
    (counts(tokens, i) ? counters : others).add(token.text);
  }
  for (const name of others) counters.delete(name);
  return counters;
}

function counts(tokens: readonly SourceToken[], place: number): boolean {
  const shape = tokens.slice(place + 1, place + 14).map(({ text }) => text);
  const written = shape.join(" ");
  const found = /^\( \) \. [fsb] (?:\[ \d+ \] ){1,2}\+\+ ([;,])/.exec(written);
  if (found === null) return false;
  if (found[1] === ";") return isWord(tokens[place - 1], ";", "{", "}", ")", "else", "do");
  // `(count, value)`, and not the arguments of a call.
  const before = tokens[place - 2];
  return (
    isWord(tokens[place - 1], "(") &&
    (before?.kind === "punctuator" ? !isWord(before, ")", "]", "}") : isWord(before, ...KEYWORDS))
  );
}

const KEYWORDS = [
  "return",
  "throw",
  "case",
  "typeof",
  "void",
  "await",
  "if",
  "while",
  "switch",
  "in",
  "of",
  "new",
  "delete",
];
