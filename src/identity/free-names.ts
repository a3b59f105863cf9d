/**
 * What a function's source names but does not declare: variables to be looked up where it was made, each with the
 * member paths by which it is used, and the things that no look-up can show (`this` of an arrow, `super`, `eval` …).
 * Names may be too many, never too few.
 */
import { bindingsOf } from "./bindings.ts";
import { countersIn } from "./counters.ts";
import { type Frame, type FunctionSpan, isWord, type Structure, skip, structureOf } from "./structure.ts";
import type { SourceToken, Tokenized } from "./tokens.ts";
import { RESERVED } from "./words.ts";

/** One way in which a name is used. */
export interface Use {
  /** The members after it: `["a", "b"]` for `name.a.b`, none where it stands alone. */
  readonly path: readonly string[];
  /** Whether the last member is called as a method, with what comes before it as its receiver. */
  readonly called: boolean;
}

/** What a source needs from outside. */
export interface FreeNames {
  /** Each name with the ways in which it is used, in order. */
  readonly names: ReadonlyMap<string, readonly Use[]>;
  /** Whether the source names its receiver: called as a member, it sees the object that it is a member of. */
  readonly receiver: boolean;
  /** What is used that cannot be seen from outside: `this`, `arguments`, `super`, `new.target`, `eval`, `import(…)`. */
  readonly unseen: ReadonlySet<string>;
  /** Modules loaded by a literal `import("…")`. */
  readonly imports: ReadonlySet<string>;
  /** Names that are used only as counters of a coverage tool. */
  readonly counters: ReadonlySet<string>;
  /** Members of `import.meta` that are used. */
  readonly meta: ReadonlySet<string>;
  /** Whether it may do something else in strict code than in sloppy code, beyond what its own text says. */
  readonly strictness: boolean;
  /** Whether the source is that of a method, getter or setter, by itself. */
  readonly isMethod: boolean;
}

/** Finds what a source names. */
export function freeNamesOf(source: string, { tokens }: Tokenized): FreeNames {
  const structure = tokens === undefined ? undefined : structureOf(tokens);
  return structure === undefined ? everyWord(source) : readNames(structure);
}

/** Where the source has no certain tokens, every word in it may be anything. */
function everyWord(source: string): FreeNames {
  const names = new Map<string, readonly Use[]>();
  const unseen = new Set<string>();
  for (const [word] of source.matchAll(/[\p{ID_Start}$_\\](?:[\p{ID_Continue}$\\{}]|\u200c|\u200d)*/gu)) {
    if (["this", "super", "arguments", "eval", "import"].includes(word)) unseen.add(word);
    else if (word.includes("\\")) unseen.add("a name with an escape");
    else if (word === "target" && /\bnew\b/.test(source)) unseen.add("new.target");
    else if (!RESERVED.has(word)) names.set(word, [{ path: [], called: false }]);
  }
  if (/^class\b/.test(source) && source.includes("[")) unseen.add("a computed name of a field");
  return {
    names,
    unseen,
    imports: new Set(),
    counters: new Set(),
    meta: new Set(),
    strictness: true,
    receiver: true,
    isMethod: false,
  };
}

function readNames(structure: Structure): FreeNames {
  const { tokens } = structure;
  const bindings = bindingsOf(structure);
  const names = new Map<string, Use[]>();
  const unseen = new Set<string>();
  const imports = new Set<string>();
  const meta = new Set<string>();
  const methods = new Set(structure.functions.map(({ method }) => method));
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "name" || token.property) continue;
    switch (token.text) {
      case "this":
        if (thisComesFromOutside(structure, i)) unseen.add("this");
        continue;
      case "super":
        if (!withinClass(structure, i)) unseen.add("super");
        continue;
      case "new":
        if (isWord(tokens[i + 1], ".") && !withinClass(structure, i)) unseen.add("new.target");
        continue;
      case "import":
        readImport(structure, i, unseen, imports, meta);
        continue;
      case "arguments":
        if (!isKey(structure, i) && thisComesFromOutside(structure, i, true)) unseen.add("arguments");
        continue;
      case "eval":
        if (!isKey(structure, i)) unseen.add("eval");
        continue;
      default:
    }
    if (RESERVED.has(token.text) || methods.has(i) || isLabelUse(tokens, i) || isKey(structure, i)) continue;
    if (isContextual(structure, i) || isFieldName(structure, i) || bindings.isOwn(token.text, i)) continue;
    const uses = names.get(token.text) ?? [];
    names.set(token.text, uses);
    const use = useAt(tokens, i);
    if (!uses.some((known) => JSON.stringify(known) === JSON.stringify(use))) uses.push(use);
    if (token.text === "require") readLoad(structure, i, "require(…)", unseen, imports);
    // What Vite makes of `import(…)`.
    if (token.text === "__vite_ssr_dynamic_import__") readLoad(structure, i, "import(…)", unseen, imports);
  }
  if (hasComputedField(structure)) unseen.add("a computed name of a field");
  return {
    names,
    unseen,
    imports,
    meta,
    counters: countersIn(tokens),
    strictness: dependsOnStrictness(structure),
    receiver: tokens.some((token) => isWord(token, "this")),
    isMethod: structure.functions.some(({ start, method }) => start === 0 && method !== undefined),
  };
}

/**
 * Whether the source is a class with `[name] = …` among its fields: the name was found out when the class was made, and is
 * kept where nobody can read it. Names of methods and static fields show in what they are the names of.
 */
function hasComputedField({ tokens, frames, partner, classes }: Structure): boolean {
  const whole = classes.find(({ start }) => start === 0);
  if (whole === undefined) return false;
  return tokens.some((token, i) => {
    if (!isWord(token, "[") || frames[i]?.open !== whole.open) return false;
    const close = partner[i] as number;
    if (isWord(tokens[close + 1], "(") || isConstantKey(tokens.slice(i + 1, close))) return false;
    return isWord(tokens[i - 1], "{", "}", ";", "accessor") || (token.broken && !isWord(tokens[i - 1], "=", "static"));
  });
}

function isConstantKey(key: readonly SourceToken[]): boolean {
  if (key.length === 1) return key[0]?.kind === "literal";
  return key.length === 3 && isWord(key[0], "Symbol") && isWord(key[1], ".");
}

/** Whether `this` (or `arguments`) at this place is that of the code around the source, as it is in arrows. */
function thisComesFromOutside(structure: Structure, place: number, ofArguments = false): boolean {
  for (const { arrow, start, end } of structure.functions) {
    if (!arrow && start <= place && place <= end) return false;
  }
  return ofArguments || !withinClass(structure, place);
}

/** Whether a place belongs to the members of a class in the source; a computed name does not, it is evaluated outside. */
function withinClass({ tokens, frames }: Structure, place: number): boolean {
  let inner: Frame | undefined;
  for (let frame = frames[place]; frame !== undefined; frame = frame.outer) {
    if (frame.kind === "class") return !(inner !== undefined && isWord(tokens[inner.open], "["));
    inner = frame;
  }
  return false;
}

function readImport(
  structure: Structure,
  place: number,
  unseen: Set<string>,
  imports: Set<string>,
  meta: Set<string>,
): void {
  const { tokens } = structure;
  const next = tokens[place + 1];
  if (isWord(next, ".")) {
    const member = tokens[place + 2];
    if (member?.text === "meta")
      meta.add(isWord(tokens[place + 3], ".") ? (tokens[place + 4] as SourceToken).text : "");
    else unseen.add("import(…)");
    return;
  }
  if (isWord(next, "(")) readLoad(structure, place, "import(…)", unseen, imports);
}

/** `import("name")` and `require("name")`: what is loaded is known only where the name is written out. */
function readLoad(
  { tokens, partner }: Structure,
  place: number,
  what: string,
  unseen: Set<string>,
  imports: Set<string>,
): void {
  if (!isWord(tokens[place + 1], "("))
    return void (what.startsWith("require") && !isWord(tokens[place + 1], ".") && unseen.add(what));
  const argument = tokens[place + 2];
  const name = argument?.kind === "literal" ? /^(["'`])([^\\$]*)\1$/s.exec(argument.text)?.[2] : undefined;
  if (name !== undefined && partner[place + 1] === place + 3) imports.add(name);
  else unseen.add(what);
}

function useAt(tokens: readonly SourceToken[], place: number): Use {
  const path: string[] = [];
  let at = place + 1;
  for (; isWord(tokens[at], ".", "?.") && tokens[at + 1]?.kind === "name"; at += 2) {
    path.push((tokens[at + 1] as SourceToken).text);
  }
  // `a.b()`, `a.b?.()`, `` a.b`` ``, `(a.b)()`; what stands in parentheses with more, as in `(0, a.b)()`, loses its receiver.
  for (let before = place - 1; isWord(tokens[before], "(") && isWord(tokens[at], ")"); before--) at++;
  const next = tokens[at];
  const called = isWord(next, "(", "?.") || next?.kind === "head" || next?.text.startsWith("`") === true;
  return { path, called: called && path.length > 0 && !isWord(tokens[place - 1], "new") };
}

function isLabelUse(tokens: readonly SourceToken[], place: number): boolean {
  return isWord(tokens[place - 1], "break", "continue") && tokens[place]?.broken === false;
}

/** `{ name: …` and, in braces that hold no statements, `, name: …`. */
function isKey({ tokens, frames }: Structure, place: number): boolean {
  if (!isWord(tokens[place + 1], ":")) return false;
  if (isWord(tokens[place - 1], "{")) return true;
  const frame = frames[place];
  if (!isWord(tokens[place - 1], ",") || frame?.kind !== "unknown" || !isWord(tokens[frame.open], "{")) return false;
  // `case a, b:` in braces that were not recognised.
  for (let at = frame.open; at < place; at++) if (isWord(tokens[at], "case") && frames[at] === frame) return false;
  return true;
}

/** Words that are no names where they stand: the `of` of a loop, `await` in an async function, `get` before a name … */
function isContextual(structure: Structure, place: number): boolean {
  const { tokens, frames, partner } = structure;
  const { text } = tokens[place] as SourceToken;
  const next = tokens[place + 1];
  switch (text) {
    case "of":
      return isLoopOf(structure, place);
    case "await":
    case "yield": {
      const around = innermost(structure, place);
      if (around?.[text === "await" ? "async" : "generator"] === true) return true;
      break;
    }
    case "let":
      if (isWord(next, "[", "{")) return true;
      break;
    case "async":
      if (isWord(next, "(") && isWord(tokens[(partner[place + 1] as number) + 1], "=>")) return true;
      break;
    case "get":
    case "set":
    case "static":
    case "accessor":
      // In `a = get`, with the next member on a line of its own, it is a variable.
      if (isWord(tokens[place - 1], "=")) return false;
      if (frames[place]?.kind === "class" && (next?.kind !== "punctuator" || isWord(next, "{", "*"))) return true;
      break;
    case "using":
      break;
    default:
      return false;
  }
  if (next === undefined || (next.broken && text !== "let")) return false;
  return next.kind === "private" || (next.kind === "name" && !["in", "instanceof", "of"].includes(next.text));
}

/** Whether an `of` is the one that a loop's header has between variable and values. */
function isLoopOf({ tokens, frames, partner }: Structure, place: number): boolean {
  const frame = frames[place];
  if (frame?.kind !== "for" || place === frame.open + 1) return false;
  for (let at = frame.open + 1; at < place; at = skip(tokens, partner, at)) if (isWord(tokens[at], "of")) return false;
  return true;
}

function innermost({ functions }: Structure, place: number): FunctionSpan | undefined {
  let found: FunctionSpan | undefined;
  for (const span of functions) {
    if (span.start <= place && place <= span.end && (found === undefined || span.start > found.start)) found = span;
  }
  return found;
}

/** The name of a class field. */
function isFieldName({ tokens, frames }: Structure, place: number): boolean {
  if (frames[place]?.kind !== "class") return false;
  return isWord(tokens[place - 1], "{", "}", ";", "static") && isWord(tokens[place + 1], "=", ";", "}");
}

/**
 * Sloppy and strict code differ in what a refused assignment or deletion does, and in `this` of a plain call. Names
 * that are assigned but declared nowhere are looked up anyhow.
 */
function dependsOnStrictness({ tokens, partner }: Structure): boolean {
  return tokens.some((token, i) => {
    if (isWord(token, "delete", "this", "with")) return true;
    if (token.kind !== "punctuator") return false;
    const before = tokens[i - 1];
    const afterMember = before?.property === true || before?.kind === "private" || isWord(before, "]", ")");
    if (token.text === "++" || token.text === "--") {
      if (!token.broken && (afterMember || before?.kind === "name")) return afterMember;
      return tokens[i + 1]?.kind !== "name" || isWord(tokens[i + 2], ".", "?.", "[", "(");
    }
    if (!ASSIGNMENT.test(token.text)) return false;
    const declared = isWord(tokens[(partner[i - 1] ?? i) - 1], "const", "let", "var");
    return !declared && (afterMember || isWord(before, "}"));
  });
}

const ASSIGNMENT = /^(?:[^=!<>]*|<<|>>>?)=$/;
