/**
 * The reserved words of JavaScript, sorted by what may follow them. Only what is certain in every mode of the language
 * is in a list: `yield`, `await`, `let`, `of` and their like are names in some programs, and are judged where they stand.
 */

/** Words after which an expression begins, so that a slash opens a regular expression. */
export const BEFORE_EXPRESSION: ReadonlySet<string> = new Set(
  "case default delete do else extends in instanceof new return throw typeof void".split(" "),
);

/** Words that are values themselves, so that a slash after them divides. */
export const VALUE_WORDS: ReadonlySet<string> = new Set("this super null true false".split(" "));

/** Words whose parentheses hold no operand: after them a statement begins. */
export const BEFORE_STATEMENT: ReadonlySet<string> = new Set("if for while with".split(" "));

/** Words that a variable can never be called. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...BEFORE_EXPRESSION,
  ...VALUE_WORDS,
  ...BEFORE_STATEMENT,
  ..."break catch class const continue debugger enum export finally function import switch try var".split(" "),
]);

/** Words after which a line break is like a blank, whatever follows. */
export const BREAK_IS_BLANK_AFTER: ReadonlySet<string> = new Set(
  [...RESERVED].filter((word) => !["return", "throw", "break", "continue", "debugger"].includes(word)),
);
