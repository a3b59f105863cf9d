/** Digests of this folder's own, and the paths that parts lie at. */
import { hashChildren, hashText } from "../digest/hash.ts";

/** H(kind, …): digests of this folder's own; no two kinds can be confused, nor any of them with a value's. */
export function tagged(kind: string, ...children: readonly string[]): string {
  return hashChildren("list", [hashText("str", `fleche/identity/${kind}`), ...children]);
}

/** The path of something inside what lies at `path`. */
export function within(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

/** The digest of a text, as a child of {@link tagged}. */
export function text(value: string): string {
  return hashText("str", value);
}
