/**
 * What a key may vouch for: kinds of entries, codecs of values, namespaces. Checked when a ring is made and frozen then.
 * That a policy is kept is seen to where entries are opened (`open.ts`) and where codecs are known (the vault).
 */
import { inspect } from "node:util";
import { ConfigError, invalidArgument } from "../errors.ts";
import { assertOptions } from "../options.ts";
import { KIND } from "./header.ts";

/** What an entry holds, as policies name it: a value, or the record of a call. */
export type EntryKind = keyof typeof KIND;

/** A key of a ring, and what it may vouch for. What is left out is everything, but codecs that run code. */
export interface KeyGrant {
  /** One key in hex, at least 32 bytes. */
  readonly secretKey: string;
  /** Kinds of entries. Default: both. */
  readonly kinds?: readonly EntryKind[];
  /** Codecs of values, by name. Default: every codec that runs no code; one that does must be named here. */
  readonly codecs?: readonly string[];
  /** Namespaces. Default: all. */
  readonly namespaces?: readonly string[];
}

/** A grant that was checked. */
export interface Policy {
  readonly kinds: ReadonlySet<number>;
  /** `undefined` for every codec that runs no code. */
  readonly codecs: ReadonlySet<string> | undefined;
  /** `undefined` for all. */
  readonly namespaces: ReadonlySet<string> | undefined;
}

/** The keys of these grants, as texts of one key each, and their policies. Never shows a key. */
export function readGrants(grants: readonly KeyGrant[]): { readonly keys: string[]; readonly policies: Policy[] } {
  const keys: string[] = [];
  const policies = grants.map((grant, i): Policy => {
    const where = `keyRing: key ${i + 1}`;
    assertOptions(where, grant, ["secretKey", "kinds", "codecs", "namespaces"]);
    const { secretKey, kinds = ALL_KINDS, codecs, namespaces } = grant;
    if (typeof secretKey !== "string") {
      throw invalidArgument(`${where}: secretKey must be a key in hex; found ${typeof secretKey}`);
    }
    if (secretKey.includes(":")) {
      throw new ConfigError(`${where} is a list of keys; give each key of a policy by itself`);
    }
    keys.push(secretKey);
    const names = textsOf(`${where}: kinds`, kinds);
    const wrong = names.find((kind) => !Object.hasOwn(KIND, kind));
    if (wrong !== undefined) {
      throw invalidArgument(`${where}: kinds are ${ALL_KINDS.join(", ")}; found ${inspect(wrong)}`);
    }
    return {
      kinds: new Set(names.map((kind) => KIND[kind as EntryKind])),
      codecs: codecs === undefined ? undefined : new Set(textsOf(`${where}: codecs`, codecs)),
      namespaces: namespaces === undefined ? undefined : new Set(textsOf(`${where}: namespaces`, namespaces)),
    };
  });
  return { keys, policies };
}

const ALL_KINDS = Object.keys(KIND) as EntryKind[];

/** A list of texts. An empty one would make a key that vouches for nothing, which nobody means. */
function textsOf(where: string, list: readonly string[]): readonly string[] {
  const sound = Array.isArray(list) && list.length > 0;
  if (sound && list.every((text) => typeof text === "string" && text !== "")) return list;
  throw invalidArgument(`${where} must be a list of names, at least one; leave it out for no restriction`);
}
