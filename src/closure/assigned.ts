/**
 * Which names a source may assign to. Only those make it matter whether two functions share a variable or have equal
 * ones each; where a pattern or an unreadable source hides it, every name counts.
 */
import { isWord, structureOf } from "../identity/structure.ts";
import { tokenize } from "../identity/tokens.ts";

/** Answers whether a source may assign to a name. */
export function assignmentsIn(source: string): (name: string) => boolean {
  const { tokens } = tokenize(source);
  const structure = tokens === undefined ? undefined : structureOf(tokens);
  if (structure === undefined) return () => true;
  const { tokens: all, partner } = structure;
  const assigned = new Set<string>();
  for (const [i, token] of all.entries()) {
    const next = all[i + 1];
    if (isWord(token, "]", "}") && (isWord(next, "=") || isWord(next, "of", "in"))) {
      // `const { a } = …` declares; any other pattern may assign to what lies outside.
      if (!isWord(all[(partner[i] as number) - 1], "const", "let", "var")) return () => true;
    }
    if (token.kind !== "name" || token.property) continue;
    const counted = isWord(next, "++", "--") && next?.broken !== true;
    const changed = isWord(all[i - 1], "++", "--") || counted;
    const looped = isWord(next, "of", "in") && isWord(all[i - 1], "(");
    if (changed || looped || (next?.kind === "punctuator" && ASSIGNMENT.test(next.text))) assigned.add(token.text);
  }
  return (name) => assigned.has(name);
}

const ASSIGNMENT = /^(?:=|[-+*/%&|^]=|\*\*=|<<=|>>>?=|&&=|\|\|=|\?\?=)$/;
