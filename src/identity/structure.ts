/**
 * The structure of a source as far as it is certain from its tokens: which brackets belong together, and what each
 * pair of braces is. Reads no names. What is not certain is `unknown`, which every reader must take at its worst.
 */
import type { SourceToken } from "./tokens.ts";

/** What a pair of brackets is. `block`: statements without a scope for `var`. `body`: of a function or a static block. */
export type FrameKind = "class" | "body" | "block" | "for" | "unknown" | "other";

/** A pair of brackets, by the places of its two tokens. */
export interface Frame {
  readonly kind: FrameKind;
  readonly open: number;
  readonly close: number;
  readonly outer: Frame | undefined;
}

/** A function inside the source (or the source itself): parameters and body, by the places of their first and last tokens. */
export interface FunctionSpan {
  readonly arrow: boolean;
  readonly async: boolean;
  readonly generator: boolean;
  readonly start: number;
  readonly end: number;
  /** Between these brackets, or the one name of an arrow without them. */
  readonly parameters: readonly [start: number, end: number];
  /** The brace of its body; arrows may have none. */
  readonly body: number | undefined;
  /** The place of its name, where it has one that only it sees (not of methods). */
  readonly name: number | undefined;
  /** The place of its method name, which is no use of a variable. */
  readonly method: number | undefined;
}

/** A class: its word, its name if it has one, and its body. */
export interface ClassSpan {
  readonly start: number;
  readonly name: number | undefined;
  readonly open: number;
  readonly end: number;
}

/** What is known of a source. */
export interface Structure {
  readonly tokens: readonly SourceToken[];
  /** The partner of each bracket. */
  readonly partner: readonly (number | undefined)[];
  /** The innermost brackets around each token (the outer ones, for a bracket itself). */
  readonly frames: readonly (Frame | undefined)[];
  readonly functions: readonly FunctionSpan[];
  readonly classes: readonly ClassSpan[];
}

/** Whether this token is that keyword or punctuator (not a property of that name, nor a literal). */
export function isWord(token: SourceToken | undefined, ...words: readonly string[]): boolean {
  if (token === undefined || token.property) return false;
  return (token.kind === "name" || token.kind === "punctuator") && words.includes(token.text);
}

/** Reads the structure of a function's tokens; `undefined` where brackets do not pair up. */
export function structureOf(tokens: readonly SourceToken[]): Structure | undefined {
  const partner = pair(tokens);
  if (partner === undefined) return undefined;
  const classes = findClasses(tokens, partner);
  const functions = findFunctions(tokens, partner, classes);
  return { tokens, partner, frames: frame(tokens, partner, classes, functions), functions, classes };
}

function pair(tokens: readonly SourceToken[]): (number | undefined)[] | undefined {
  const partner = new Array<number | undefined>(tokens.length).fill(undefined);
  const open: number[] = [];
  for (const [i, { kind, text }] of tokens.entries()) {
    const closes = kind === "middle" || kind === "tail" || (kind === "punctuator" && [")", "]", "}"].includes(text));
    const opens = kind === "middle" || kind === "head" || (kind === "punctuator" && ["(", "[", "{"].includes(text));
    if (closes) {
      const start = open.pop();
      if (start === undefined) return undefined;
      // A middle closes one pair and opens the next: as the opener it is the partner of what follows.
      partner[start] = i;
      if (!opens) partner[i] = start;
    }
    if (opens) open.push(i);
  }
  return open.length === 0 ? partner : undefined;
}

function findClasses(tokens: readonly SourceToken[], partner: readonly (number | undefined)[]): ClassSpan[] {
  const classes: ClassSpan[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!isWord(tokens[i], "class")) continue;
    const named = tokens[i + 1]?.kind === "name" && !isWord(tokens[i + 1], "extends");
    let at = i + (named ? 2 : 1);
    if (isWord(tokens[at], "extends")) at = afterHeritage(tokens, partner, at + 1);
    const end = isWord(tokens[at], "{") ? partner[at] : undefined;
    if (end !== undefined) classes.push({ start: i, name: named ? i + 1 : undefined, open: at, end });
  }
  return classes;
}

/** The brace after `extends …`: a brace of the superclass expression itself can only stand in brackets or at its start. */
function afterHeritage(tokens: readonly SourceToken[], partner: readonly (number | undefined)[], from: number): number {
  let at = from;
  while (at < tokens.length) {
    const token = tokens[at] as SourceToken;
    if (isWord(token, "{") && at > from) return at;
    // `extends class {} {` and the like: too rare to be read, so no class is seen here.
    if (isWord(token, "{", "class", "function", "=>", ";", ",", ")", "]", "}") || closesTemplate(token))
      return tokens.length;
    at = skip(tokens, partner, at);
  }
  return at;
}

function findFunctions(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  classes: readonly ClassSpan[],
): FunctionSpan[] {
  const functions: FunctionSpan[] = [];
  const classBraces = new Set(classes.map(({ open }) => open));
  const inClass = new Set<number>();
  for (const { open, end } of classes) {
    for (let i = open + 1; i < end; i = Math.max(i, partner[i] ?? i) + 1) inClass.add(i);
  }
  for (const [i, token] of tokens.entries()) {
    if (isWord(token, "=>")) functions.push(arrowAt(tokens, partner, i));
    if (!isWord(token, "(")) continue;
    const close = partner[i] as number;
    const body = close + 1;
    if (!isWord(tokens[body], "{") || classBraces.has(body)) continue;
    const span = {
      arrow: false,
      ...prefix(tokens, partner, i),
      body,
      end: partner[body] as number,
      parameters: [i, close] as const,
    };
    const word = functionWord(tokens, i);
    if (word !== undefined) {
      functions.push({
        ...span,
        start: word,
        name: word === i - 1 || isWord(tokens[i - 1], "*") ? undefined : i - 1,
        method: undefined,
      });
    } else if (i === methodStart(tokens, partner)) {
      functions.push({ ...span, start: 0, name: undefined, method: i - 1 });
    } else if (isMethodName(tokens[i - 1]) && (tokens[body]?.broken !== true || inClass.has(i))) {
      // Without the break, `name(…) {` is nothing else; with it, it could be a call and a block.
      functions.push({ ...span, start: i, name: undefined, method: i - 1 });
    }
  }
  return functions;
}

/** What stands before the name of a function or method whose parameters open here. */
function prefix(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  parenthesis: number,
): { async: boolean; generator: boolean } {
  let at = parenthesis - 1;
  if (isWord(tokens[at], "]")) at = partner[at] as number;
  if (!isWord(tokens[at], "*", "function")) at--;
  const generator = isWord(tokens[at], "*");
  if (generator) at--;
  if (isWord(tokens[at], "function")) at--;
  return { async: isWord(tokens[at], "async") && tokens[at + 1]?.broken === false, generator };
}

/** Of `function name (`, `function* (` and the like: where the word is. */
function functionWord(tokens: readonly SourceToken[], parenthesis: number): number | undefined {
  for (let at = parenthesis - 1; at >= 0 && at >= parenthesis - 3; at--) {
    if (isWord(tokens[at], "function")) return at;
    if (tokens[at]?.kind !== "name" && !isWord(tokens[at], "*")) return undefined;
  }
  return undefined;
}

function isMethodName(token: SourceToken | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "private" || token.kind === "literal") return true;
  if (isWord(token, "]")) return true;
  return (
    token.kind === "name" &&
    !token.property &&
    !["if", "for", "while", "switch", "with", "catch", "await"].includes(token.text)
  );
}

/** Where the source itself is a method, the parenthesis that opens its parameters. */
function methodStart(tokens: readonly SourceToken[], partner: readonly (number | undefined)[]): number | undefined {
  let at = 0;
  while (isWord(tokens[at], "async", "get", "set", "static", "*") && !isWord(tokens[at + 1], "(", "=>")) at++;
  const token = tokens[at];
  if (token === undefined || isWord(token, "class", "function", "(")) return undefined;
  const parenthesis = isWord(token, "[") ? (partner[at] as number) + 1 : at + 1;
  if (!isWord(tokens[parenthesis], "(") || isWord(tokens[(partner[parenthesis] as number) + 1], "=>")) return undefined;
  return parenthesis;
}

function arrowAt(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  arrow: number,
): FunctionSpan {
  const start = isWord(tokens[arrow - 1], ")") ? (partner[arrow - 1] as number) : arrow - 1;
  const body = arrow + 1;
  const braced = isWord(tokens[body], "{");
  const end = braced ? (partner[body] as number) : expressionEnd(tokens, partner, body, true) - 1;
  const parameters = [start, arrow - 1] as const;
  const async = isWord(tokens[start - 1], "async") && tokens[start]?.broken === false;
  return {
    arrow: true,
    async,
    generator: false,
    start,
    end,
    parameters,
    body: braced ? body : undefined,
    name: undefined,
    method: undefined,
  };
}

/**
 * Where an expression that begins at `from` has certainly not ended yet: the place after its last token, or earlier.
 * A comma ends it. A colon does for the body of an arrow, unless a `?` came before it.
 */
export function expressionEnd(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  from: number,
  colonEnds = false,
): number {
  let questions = 0;
  let at = from;
  while (at < tokens.length) {
    const token = tokens[at] as SourceToken;
    if (closesTemplate(token) || isWord(token, ",", ";", ")", "]", "}", "of")) return at;
    if (at > from && endsByBreak(tokens[at - 1] as SourceToken, token)) return at;
    if (isWord(token, "?")) questions++;
    if (isWord(token, ":") && questions-- === 0 && colonEnds) return at;
    at = skip(tokens, partner, at);
  }
  return at;
}

function closesTemplate(token: SourceToken): boolean {
  return token.kind === "middle" || token.kind === "tail";
}

/** The place after a token, or after the brackets that it opens. */
export function skip(tokens: readonly SourceToken[], partner: readonly (number | undefined)[], at: number): number {
  let to = partner[at] ?? at;
  while (tokens[to]?.kind === "middle") to = partner[to] ?? to + 1;
  return to + 1;
}

/** Whether a line break between these two can be where a semicolon is inserted. */
export function endsByBreak(previous: SourceToken, token: SourceToken): boolean {
  if (!token.broken) return false;
  const ended = previous.kind !== "punctuator" || [")", "]", "}", "++", "--"].includes(previous.text);
  if (!ended || previous.kind === "head" || previous.kind === "middle") return false;
  if (token.kind === "name") return !["in", "instanceof"].includes(token.text);
  if (token.kind !== "punctuator") return !closesTemplate(token);
  return ["{", "++", "--", "!", "~", "@", "..."].includes(token.text);
}

function frame(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  classes: readonly ClassSpan[],
  functions: readonly FunctionSpan[],
): (Frame | undefined)[] {
  const frames: (Frame | undefined)[] = [];
  const classBraces = new Set(classes.map(({ open }) => open));
  const bodies = new Set(functions.map(({ body }) => body));
  let inner: Frame | undefined;
  for (const [i, token] of tokens.entries()) {
    if (inner !== undefined && i === inner.close) inner = inner.outer;
    frames.push(inner);
    const close = partner[i];
    if (close === undefined || close < i) continue;
    const kind: FrameKind = classBraces.has(i)
      ? "class"
      : bodies.has(i)
        ? "body"
        : token.text === "{" && token.kind === "punctuator"
          ? braceKind(tokens, partner, i, inner)
          : isForHeader(tokens, i)
            ? "for"
            : "other";
    inner = { kind, open: i, close, outer: inner };
  }
  return frames;
}

function isForHeader(tokens: readonly SourceToken[], parenthesis: number): boolean {
  if (!isWord(tokens[parenthesis], "(")) return false;
  return isWord(tokens[parenthesis - (isWord(tokens[parenthesis - 1], "await") ? 2 : 1)], "for");
}

/** Braces that are neither a class nor a function: statements only where that is certain. */
function braceKind(
  tokens: readonly SourceToken[],
  partner: readonly (number | undefined)[],
  brace: number,
  outer: Frame | undefined,
): FrameKind {
  const previous = tokens[brace - 1];
  if (outer?.kind === "class") return isWord(previous, "static") ? "body" : "unknown";
  if (outer?.kind !== "body" && outer?.kind !== "block") return "unknown";
  if (isWord(previous, "else", "do", "try", "finally", "catch", ";", "{", "}")) return "block";
  if (!isWord(previous, ")")) return "unknown";
  const parenthesis = partner[brace - 1] as number;
  if (isForHeader(tokens, parenthesis)) return "block";
  return isWord(tokens[parenthesis - 1], "if", "while", "switch", "with", "catch") ? "block" : "unknown";
}
