/**
 * The tokenizer of JavaScript source, a package of its own (js-tokens), loaded when the first function is wrapped: programs
 * that only load values never need it. What tokens mean is decided by those who ask.
 */
import type { Token } from "js-tokens";

/** Splits source text into tokens. */
export type Tokenizer = (source: string) => Iterable<Token>;

const loaded: { tokenizer?: Tokenizer } = {};

/** The tokenizer. */
export function tokenizer(): Tokenizer {
  loaded.tokenizer ??= load();
  return loaded.tokenizer;
}

function load(): Tokenizer {
  const { createRequire } = process.getBuiltinModule("node:module");
  // Synchronous, since wrapping is; Node can require ES modules that do not await.
  const found: unknown = createRequire(import.meta.url)("js-tokens");
  return (typeof found === "function" ? found : (found as { readonly default: Tokenizer }).default) as Tokenizer;
}
