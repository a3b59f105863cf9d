/** Names of property keys, and what kind of property lies under one. A key that no other program has is refused. */
import { tagged, text } from "./tagged.ts";
import { unseen } from "./unseen.ts";

/** The digest of a key: a text, a `Symbol.for` symbol, or one of the language's own. */
export function keyDigest(key: string | symbol, path: string): string {
  if (typeof key === "string") return text(key);
  if (!isNamedSymbol(key)) unseen(`"${path}.${String(key)}" is kept under a symbol of its own`);
  const registered = Symbol.keyFor(key);
  return registered === undefined ? tagged("symbol", text(String(key))) : tagged("registered symbol", text(registered));
}

/** Whether a symbol is the same one in every program. */
export function isNamedSymbol(key: symbol): boolean {
  if (Symbol.keyFor(key) !== undefined) return true;
  const name = /^Symbol\.(\w+)$/.exec(key.description ?? "")?.[1];
  return name !== undefined && Object.getOwnPropertyDescriptor(Symbol, name)?.value === key;
}

/** What kind of property it is, in words that are part of digests. */
export function formOf(property: PropertyDescriptor): string {
  return `${"value" in property ? "data" : "accessor"}${property.enumerable === true ? "" : ", hidden"}`;
}
