/**
 * What the body of a closure entry holds, before and after V8: the value as a tree, the functions that it reaches, and the
 * variables that they capture. docs/reference/closure.md says it in full.
 */

/** The number of this form, to be raised with every change that an older reader would misread. */
export const FORM = 1;

/** A body. Trees are as in codec `structured`, with the records below. */
export interface Body {
  readonly form: number;
  /** Tree of the value. */
  readonly value: unknown;
  readonly functions: readonly FunctionPart[];
  readonly scopes: readonly ScopePart[];
}

/** A function by its source. */
export interface SourcePart {
  /** The source, exactly as V8 keeps it. */
  readonly text: string;
  readonly method: boolean;
  /** The scope that it is made in: a place in the list, or one of {@link ROOT}. */
  readonly scope: number;
  readonly name: string | undefined;
  readonly length: number | undefined;
  /** The variable that holds its superclass, or what that is a member of; `undefined` where it is a global. */
  readonly heritage: string | undefined;
  /** Whether nothing else names that variable: then it is none of the scope. */
  readonly apart: boolean;
  /** Tree of the superclass. */
  readonly parent: unknown;
  /** Own properties, beside those that every function has. */
  readonly own: readonly PropertyPart[];
  /** Of its `prototype`; `undefined` where it has none. */
  readonly prototype: readonly PropertyPart[] | undefined;
  /** Tree of the function whose prototype its own prototype inherits from, where that is not its superclass. */
  readonly inherits: unknown;
}

/** A function that the source of a class defines, met by itself. */
export interface MemberPart {
  /** The place of the class in the list. */
  readonly of: number;
  readonly isStatic: boolean;
  /** Tree of its key. */
  readonly key: unknown;
  readonly role: "value" | "get" | "set";
}

/** One function. */
export type FunctionPart = SourcePart | MemberPart;

/** `written`: the source of the class defines it. Otherwise data, or an accessor; `shown` is whether it is enumerable. */
export type PropertyPart =
  | readonly [key: unknown, form: "written"]
  | readonly [key: unknown, form: "data", shown: boolean, value: unknown]
  | readonly [key: unknown, form: "accessor", shown: boolean, get: unknown, set: unknown];

/** Variables that functions share, or that one has alone. */
export interface ScopePart {
  /** The scope around it, an earlier place in the list, or one of {@link ROOT}. */
  readonly parent: number;
  readonly names: readonly string[];
  /** Trees, in the order of the names. */
  readonly values: readonly unknown[];
}

/** What is around all scopes: strict code, or sloppy code. */
export const ROOT = { strict: -1, sloppy: -2 } as const;

/** Names of the records that this codec adds. */
export type ClosureRecord =
  | "function"
  | "builtin"
  | "symbol"
  | "import"
  | "require"
  | "bound"
  | "instance"
  | "properties"
  | "module";
