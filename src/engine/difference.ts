/**
 * Where two values differ, as a path: `config.steps[3]`. For explaining a miss to people; compares by digests, so it sees
 * exactly the differences that keys see. Goes into plain objects and arrays; of anything else it says that it differs.
 */
import { digestHex, type InnerDigestOptions } from "../digest/digest.ts";
import { kindOf } from "../digest/kind.ts";
import { formatPath, type Step } from "../digest/path.ts";

/** The path to the first part in which two values differ, from `root`, which is what the values are called. */
export function pathOfDifference(root: string, a: unknown, b: unknown, options: InnerDigestOptions): string {
  const steps: Step[] = [];
  let [left, right] = [a, b];
  for (;;) {
    const step = differingStep(left, right, options);
    if (step === undefined) return formatPath(root, steps);
    steps.push(step);
    left = Reflect.get(left as object, step);
    right = Reflect.get(right as object, step);
  }
}

/** The key of the first part that both have and that differs; `undefined` where the difference lies here. */
function differingStep(a: unknown, b: unknown, options: InnerDigestOptions): PropertyKey | undefined {
  const kind = containerKind(a);
  if (kind === undefined || kind !== containerKind(b)) return undefined;
  const keys = Object.keys(a as object);
  if (keys.length !== Object.keys(b as object).length || !keys.every((key) => Object.hasOwn(b as object, key))) {
    return undefined;
  }
  const found = keys.find((key) => {
    const parts = [Reflect.get(a as object, key), Reflect.get(b as object, key)];
    const [left, right] = parts.map((part) => digestHex(part, options));
    return left !== right;
  });
  return found !== undefined && kind === "list" ? Number(found) : found;
}

function containerKind(value: unknown): "dict" | "list" | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind } = kindOf(value);
  return kind === "dict" || kind === "list" ? kind : undefined;
}
