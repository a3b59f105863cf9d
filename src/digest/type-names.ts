/**
 * The type names that begin every digest: one closed list. Nothing separates a name from the bytes that follow it, so
 * none may be the beginning of another (a test holds that), and no text that a program can choose is ever one of them.
 */

export const TYPE_NAMES = [
  "str",
  "int",
  "float",
  "bigint",
  "bool",
  "NoneType",
  "undefined",
  "hole",
  "list",
  "tuple",
  "dict",
  "bytes",
  "ndarray",
  "Map",
  "Set",
  "set",
  "Date",
  "RegExp",
  "URL",
  "ArrayBuffer",
  "DataView",
  "Uint8ClampedArray",
  "Error",
  "Symbol",
  "object",
  "function",
  "Call",
] as const;

/** First word of a digest's input. */
export type TypeName = (typeof TYPE_NAMES)[number];
