/**
 * A setting and where it came from, so that every value in use can be traced to a line, a variable or a default. What the
 * settings mean is in `keys.ts`.
 */

/** Where a value stands. */
export type Source =
  | { readonly from: "file"; readonly file: string; readonly line: number }
  | { readonly from: "environment"; readonly variable: string }
  | { readonly from: "command line"; readonly option: string }
  | { readonly from: "default" };

/** A value as it is used. */
export type SettingValue = string | number | boolean | readonly string[];

/** A value with its source. */
export interface Setting<T = SettingValue> {
  readonly value: T;
  readonly source: Source;
}

/** The source of what nobody set. */
export const DEFAULT: Source = { from: "default" };

/** A source for people: `/home/me/fleche.toml:3`, `FLECHE_CACHE`, `--cache`, `default`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case "file":
      return `${source.file}:${source.line}`;
    case "environment":
      return source.variable;
    case "command line":
      return source.option;
    case "default":
      return "default";
  }
}
