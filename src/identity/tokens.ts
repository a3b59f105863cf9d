/**
 * The source of a function as tokens, and as the text by which it is compared: comments and blanks do not count, line
 * breaks do where they can carry meaning. Two different programs never have one text. Where a slash cannot be told with
 * certainty (a tokenizer is no parser), there are no tokens, and the source is compared as it stands.
 */

import jsTokens from "js-tokens";
import { BEFORE_EXPRESSION, BEFORE_STATEMENT, BREAK_IS_BLANK_AFTER, RESERVED, VALUE_WORDS } from "./words.ts";

/** What a token is, as far as anyone here asks. */
export type TokenKind = "name" | "private" | "punctuator" | "literal" | "head" | "middle" | "tail";

/** One token that counts. */
export interface SourceToken {
  readonly kind: TokenKind;
  /** Names with their escapes resolved, so that `\u0061` is found as `a`; everything else as written. */
  readonly text: string;
  /** Whether a line break lies before it. */
  readonly broken: boolean;
  /** Whether it is a name after a dot: a property, never a keyword or a variable. */
  readonly property: boolean;
}

/** A source that has been read. */
export interface Tokenized {
  /** Equal for two sources only if they are one program. */
  readonly text: string;
  /** `undefined` where they cannot be told with certainty. */
  readonly tokens: readonly SourceToken[] | undefined;
}

/** Reads the source of a function. */
export function tokenize(source: string): Tokenized {
  const read = readTokens(source);
  // The prefixes keep a source compared as it stands apart from one that happens to read like a list of tokens.
  return read === undefined
    ? { text: `source:${source}`, tokens: undefined }
    : { text: `tokens:${read.text}`, tokens: read.tokens };
}

function readTokens(source: string): { text: string; tokens: SourceToken[] } | undefined {
  // In a script these open comments, in a module they are operators: js-tokens knows only the latter.
  if (source.includes("<!--") || source.includes("-->")) return undefined;
  const tokens: SourceToken[] = [];
  const slashes = slashJudge();
  const texts: string[] = [];
  let broken = false;
  for (const found of jsTokens(source)) {
    switch (found.type) {
      case "WhiteSpace":
      case "SingleLineComment":
        continue;
      case "LineTerminatorSequence":
        broken = true;
        continue;
      case "MultiLineComment":
        if (!found.closed) return undefined;
        broken ||= /[\n\r\u2028\u2029]/.test(found.value);
        continue;
      case "Invalid":
      case "HashbangComment":
        return undefined;
      default:
    }
    if ("closed" in found && !found.closed) return undefined;
    const previous = tokens.at(-1);
    const kind = KINDS[found.type];
    if (found.value.startsWith("/") && slashes.expected() !== (kind === "literal" ? "regex" : "division"))
      return undefined;
    const property = kind === "name" && (previous?.text === "." || previous?.text === "?.");
    const token: SourceToken = { kind, text: kind === "name" ? unescaped(found.value) : found.value, broken, property };
    if (previous !== undefined && broken && breakCounts(previous, token)) texts.push("\n");
    texts.push(countedText(kind, found.value));
    slashes.pass(token);
    tokens.push(token);
    broken = false;
  }
  return { text: texts.join(""), tokens };
}

const KINDS = {
  IdentifierName: "name",
  PrivateIdentifier: "private",
  Punctuator: "punctuator",
  StringLiteral: "literal",
  NumericLiteral: "literal",
  RegularExpressionLiteral: "literal",
  NoSubstitutionTemplate: "literal",
  TemplateHead: "head",
  TemplateMiddle: "middle",
  TemplateTail: "tail",
} as const satisfies Record<string, TokenKind>;

/** With its length before it, so that no two lists of tokens run together into one text. */
function countedText(kind: TokenKind, text: string): string {
  // A line break inside a string or a template is a line feed to the program, however the file was checked out.
  const counted =
    kind === "literal" || kind === "head" || kind === "middle" || kind === "tail" ? text.replace(/\r\n?/g, "\n") : text;
  return `${counted.length}:${counted}`;
}

function unescaped(name: string): string {
  if (!name.includes("\\")) return name;
  return name.replace(/\\u(?:\{([\da-fA-F]+)\}|([\da-fA-F]{4}))/g, (_, long: string, short: string) =>
    String.fromCodePoint(Number.parseInt(long ?? short, 16)),
  );
}

const CAN_BEGIN = new Set("{ [ ( * + - ! ~ / ... @".split(" "));

/**
 * A break can change what valid code means only where the grammar says "no line terminator here" (a semicolon is
 * inserted only where the code would not be valid without it): around `++`, `--` and `=>`, and after `return`, `throw`,
 * `break`, `continue`, `yield`, `async` and younger words of that kind. So it counts after every name but those known
 * to be safe, where an operand can follow.
 */
function breakCounts(previous: SourceToken, token: SourceToken): boolean {
  if (token.kind === "punctuator" && (token.text === "++" || token.text === "--" || token.text === "=>")) return true;
  if (previous.kind !== "name") return previous.text === "++" || previous.text === "--";
  if (!previous.property && BREAK_IS_BLANK_AFTER.has(previous.text)) return false;
  return token.kind !== "punctuator" ? token.kind !== "middle" && token.kind !== "tail" : CAN_BEGIN.has(token.text);
}

/** Says of each slash what it must be, or that it is not certain: js-tokens guesses from one token, and can be wrong. */
function slashJudge(): { expected(): "regex" | "division" | "unknown"; pass(token: SourceToken): void } {
  let previous: SourceToken | undefined;
  let beforePrevious: SourceToken | undefined;
  // Of each open parenthesis: whether it follows a word like `if`.
  const open: boolean[] = [];
  let afterStatementHead = false;
  return {
    expected() {
      if (previous === undefined) return "unknown";
      const { kind, text } = previous;
      switch (kind) {
        case "literal":
        case "tail":
        case "private":
          return "division";
        case "head":
        case "middle":
          return "regex";
        case "name":
          if (previous.property || VALUE_WORDS.has(text)) return "division";
          if (BEFORE_EXPRESSION.has(text)) return "regex";
          return RESERVED.has(text) || ["await", "yield", "of"].includes(text) ? "unknown" : "division";
        default:
      }
      if (text === "]") return "division";
      if (text === ")") return afterStatementHead ? "regex" : "division";
      // After `}` it depends on what was closed; after `++` and `.` on what follows.
      return ["}", "++", "--", ".", "?."].includes(text) ? "unknown" : "regex";
    },
    pass(token) {
      if (token.kind === "punctuator") {
        if (token.text === "(") {
          const word = previous?.text === "await" && beforePrevious?.text === "for" ? beforePrevious : previous;
          open.push(word?.kind === "name" && !word.property && BEFORE_STATEMENT.has(word.text));
        } else if (token.text === ")") afterStatementHead = open.pop() ?? false;
      }
      beforePrevious = previous;
      previous = token;
    },
  };
}
