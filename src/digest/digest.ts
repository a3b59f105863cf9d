/**
 * Names a value: SHA-256 over its kind and its parts, by the table in docs/reference/digests.md. Equal values have equal
 * digests, different ones different digests, in every process; what cannot be named exactly is refused with its path.
 * No function's identity is decided here: that comes in through a callback.
 */
import { types } from "node:util";
import { DigestError, invalidArgument } from "../errors.ts";
import {
  digestDescribed,
  digestError,
  digestForm,
  digestList,
  digestMap,
  digestObjectFields,
  digestPairs,
  digestSet,
  digestTuple,
} from "./containers.ts";
import { hashBytes, hashChildren, hashText } from "./hash.ts";
import { kindOf } from "./kind.ts";
import {
  digestArrayBuffer,
  digestBuffer,
  digestClamped,
  digestDataView,
  digestDate,
  digestRegExp,
  digestTypedArray,
  digestUrl,
} from "./leaves.ts";
import { digestBigint, digestNumber, type Numbers } from "./number.ts";
import { hasOnlyData, type Refuse } from "./own-fields.ts";
import type { Step } from "./path.ts";
import { Digest } from "./reference.ts";
import { rememberedText } from "./remembered.ts";
import type { Run } from "./run.ts";
import { startWalk, walkThrough } from "./walk.ts";

/** What the caller of {@link digest} may choose. */
export interface DigestOptions {
  /** `exact` (default): no two numbers share a digest. `python`: the Python library's digests, collisions included. */
  readonly numbers?: Numbers;
}

/** Digests a part in the same run: path, depth and shared parts are kept. */
export type DigestChild = (value: unknown, step: Step) => string;

/** What the layers above add. */
export interface InnerDigestOptions extends DigestOptions {
  /** What the value itself is called in error paths. */
  readonly at?: string;
  /** Refuses Digests below the top level: what holds one cannot be stored. */
  readonly refuseReferences?: boolean;
  /** The digest of a function or class; without it they are refused. `refuse` tells where the function lies. */
  readonly functionDigest?: ((value: object, child: DigestChild, refuse: Refuse) => string) | undefined;
  /** Told of every instance that says itself how it is digested: of a registered class, or one with a digest method. */
  readonly instance?: ((value: object) => void) | undefined;
  /** The digest of an object that would be refused as it has no exact name, or as its properties are more than data. */
  readonly otherDigest?: ((value: object, child: DigestChild, refuse: Refuse) => string) | undefined;
}

/**
 * The digest of a value, 64 lowercase hex characters. Throws a `DigestError` with the path to the part that has no exact
 * name: functions, accessors, cycles, instances of unregistered classes, more than 1,000 levels, and the like.
 *
 * @example
 * ```ts
 * import { digest } from "fleche";
 * digest({ status: "secure", data: [1, 2, 3] }); // "c38b58619f23f9507daf70dc7ef009512035480102031e8345c7e95fa254dbeb"
 * digest({ a: 1, b: 2 }) === digest({ b: 2, a: 1 }); // true
 * ```
 */
export function digest(value: unknown, options: DigestOptions = {}): string {
  for (const name of Object.keys(options)) {
    if (name !== "numbers") throw invalidArgument(`digest: unknown option "${name}"; its only option is "numbers"`);
  }
  const { numbers = "exact" } = options;
  return digestHex(value, { numbers: checkedNumbers(numbers) });
}

/** A scheme given by a user; a `TypeError` for anything else. */
export function checkedNumbers(numbers: Numbers): Numbers {
  if (numbers === "exact" || numbers === "python") return numbers;
  throw invalidArgument(`numbers must be "exact" or "python"; found ${JSON.stringify(numbers)}`);
}

/** As {@link digest}, with what the layers above add. */
export function digestHex(value: unknown, options: InnerDigestOptions = {}): string {
  // Most arguments are scalars: setting up a walk for each would take longer than its hash.
  return isNamedScalar(value) ? digestScalar(value, options.numbers ?? "exact") : digester(options)(value);
}

/** Whether this is a scalar that has a digest wherever it lies. */
function isNamedScalar(value: unknown): value is Scalar {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** A run with what the layers above add. */
interface FullRun extends Run {
  readonly options: InnerDigestOptions;
}

/** Digests one value and, cheaply, whatever parts of it are asked for after it. */
export function digester(options: InnerDigestOptions): (value: unknown) => string {
  const walk = startWalk<string>(options.at ?? "", (path, problem) => new DigestError(path, problem));
  // Few frames a level, since values may be deep and the caller may have used much of the stack.
  const run: FullRun = {
    options,
    numbers: options.numbers ?? "exact",
    any(value) {
      if (typeof value === "function") return walk.object(value, digestFunction, run);
      if (typeof value === "symbol") return digestSymbol(value, run);
      return typeof value === "object" && value !== null
        ? walk.object(value, digestObject, run)
        : digestScalar(value as Scalar, run.numbers);
    },
    child(value, step) {
      // What can always be named needs no place to be reported at.
      if (isNamedScalar(value)) return digestScalar(value, run.numbers);
      walk.enter(step);
      const digest =
        typeof value === "object" && value !== null ? walk.object(value, digestObject, run) : run.any(value);
      walk.leave();
      return digest;
    },
    holes: walk.holes,
    refuse: walk.refuse,
  };
  // A Digest as the whole value is itself, whatever is said of those inside.
  return (value) => Digest.hexOf(value) ?? walkThrough(walk, () => run.any(value));
}

const NONE = hashText("NoneType", "__None__");
const UNDEFINED = hashText("undefined", "");
const TRUE = hashBytes("bool", Uint8Array.of(1));
const FALSE = hashBytes("bool", Uint8Array.of(0));
const NULL_PROTOTYPE = hashText("str", "null-prototype");

/** What a value consists of in the end, but for symbols. */
type Scalar = string | number | boolean | bigint | null | undefined;

function digestScalar(value: Scalar, numbers: Numbers): string {
  switch (typeof value) {
    case "string":
      return rememberedText(value, hashString);
    case "number":
      return digestNumber(value, numbers);
    case "boolean":
      return value ? TRUE : FALSE;
    case "bigint":
      return digestBigint(value, numbers);
    default:
      return value === null ? NONE : UNDEFINED;
  }
}

function hashString(text: string): string {
  return hashText("str", text);
}

function digestSymbol(symbol: symbol, run: Run): string {
  const key = Symbol.keyFor(symbol);
  if (key === undefined) return run.refuse(`${String(symbol)}, which has no name in other processes; use Symbol.for`);
  return hashChildren("Symbol", [hashText("str", key)]);
}

function digestFunction(fn: object, run: FullRun): string {
  const { functionDigest } = run.options;
  if (types.isProxy(fn)) run.refuse("a proxy, which may answer differently each time");
  return functionDigest === undefined ? run.refuse("a function") : functionDigest(fn, run.child, run.refuse);
}

function digestObject(object: object, run: FullRun): string {
  const kinded = kindOf(object);
  const { otherDigest } = run.options;
  switch (kinded.kind) {
    case "dict":
      if (otherDigest !== undefined && !hasOnlyData(object)) return otherDigest(object, run.child, run.refuse);
      return digestObjectFields(kinded.value, run);
    case "null-prototype":
      return hashChildren("object", [NULL_PROTOTYPE, digestObjectFields(kinded.value, run)]);
    case "list":
      return digestList(kinded.value, run);
    case "tuple":
      return digestTuple(kinded.value.items, run);
    case "pairs":
      return digestPairs(kinded.value.entries, run);
    case "python":
      return digestForm(kinded.value, kinded.form, run);
    case "Map":
      return digestMap(kinded.value, run);
    case "Set":
      return digestSet(kinded.value, run);
    case "Error":
      return digestError(kinded.value, kinded.className, run);
    case "bytes":
      return digestBuffer(kinded.value, run);
    case "ndarray":
      return digestTypedArray(kinded.value, kinded.className, run);
    case "Uint8ClampedArray":
      return digestClamped(kinded.value, run);
    case "DataView":
      return digestDataView(kinded.value, run);
    case "ArrayBuffer":
      return digestArrayBuffer(kinded.value, run);
    case "Date":
      return digestDate(kinded.value, run);
    case "RegExp":
      return digestRegExp(kinded.value, run);
    case "URL":
      return digestUrl(kinded.value, run);
    case "registered": {
      const { name, encode } = kinded.registration;
      run.options.instance?.(object);
      return hashChildren("object", [
        hashText("str", name),
        run.any(asked(() => encode(object), `encode of ${name}`, run)),
      ]);
    }
    case "method":
      run.options.instance?.(object);
      return digestDescribed(
        asked(() => kinded.method.call(object), "the digest method of the class", run),
        run,
      );
    case "digest":
      if (run.options.refuseReferences === true)
        run.refuse("a Digest inside a value cannot be stored; load what it names");
      return Digest.hexOf(object) as string;
    default:
      return otherDigest?.(object, run.child, run.refuse) ?? run.refuse(kinded.problem);
  }
}

/** What a class's own code says of an instance; its failure is a refusal like any other. */
function asked(code: () => unknown, what: string, run: Run): unknown {
  try {
    return code();
  } catch (error) {
    return run.refuse(`${what} threw ${error instanceof Error ? error.message : String(error)}`);
  }
}
