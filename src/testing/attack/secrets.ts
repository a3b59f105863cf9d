/** The environment's part in keys, put in place for a moment; and the search for keys where none may be seen. */
import { ok } from "node:assert/strict";
import { KEYS } from "./scene.ts";

const VARIABLES = ["FLECHE_SECRET_KEY", "FLECHE_SECRET_KEY_FILE", "FLECHE_REQUIRE_SIGNATURE"] as const;

/** Does something, at once, under these variables and no others of ours. */
export function inEnvironment<T>(env: Readonly<Record<string, string>>, act: () => T): T {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  try {
    for (const name of VARIABLES) setVariable(name, env[name]);
    return act();
  } finally {
    for (const [name, value] of before) setVariable(name, value);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Throws where this text shows eight digits in a row of a key that it must not show. */
export function assertNoKey(text: string, where: string, keys: Iterable<string> = Object.values(KEYS)): void {
  const lower = text.toLowerCase();
  for (const key of keys) {
    for (let at = 0; at + 8 <= key.length; at++) {
      ok(!lower.includes(key.slice(at, at + 8).toLowerCase()), `${where} shows digits ${at} to ${at + 8} of a key`);
    }
  }
}
