/**
 * How Python makes what has no opcode of its own: a class, its arguments, a state. As Python's `__reduce_ex__(4)` gives
 * it, part by part; numpy under the names that numpy 1 and 2 both read.
 */
import { DTYPES } from "../../digest/builtin.ts";
import type { ArrayParts } from "../../digest/form.ts";
import type { Kinded } from "../../digest/kind.ts";
import { bytesOf, typedLength } from "../../digest/view.ts";
import type { PickleGlobal } from "./classes.ts";
import { type Dtype, dtypeOf } from "./value/dtype.ts";
import type { PickledInstance } from "./value/py-object.ts";

/** A part of arguments or of a state. What is `fresh` there is a new object each time that Python pickles. */
export type Part =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "float"; readonly value: number }
  | { readonly is: "fresh"; readonly value: string | Uint8Array }
  | { readonly is: "global"; readonly module: string; readonly name: string }
  | { readonly is: "tuple"; readonly parts: readonly Part[] }
  | { readonly is: "shared"; readonly key: string; readonly reduction: Reduction };

/** How an object is made. */
export interface Reduction {
  readonly module: string;
  readonly name: string;
  /** Made alone, or called. */
  readonly via: "new" | "call";
  readonly args: readonly Part[];
  readonly state?: Part | undefined;
  /** Of a dict of its own class. */
  readonly entries?: readonly (readonly [key: unknown, value: unknown])[];
}

const value = (of: unknown): Part => ({ is: "value", value: of });
const fresh = (of: string | Uint8Array): Part => ({ is: "fresh", value: of });
const tuple = (...parts: Part[]): Part => ({ is: "tuple", parts });

const call = (module: string, name: string, ...args: Part[]): Reduction => ({ module, name, via: "call", args });

/** How Python makes this; `undefined` for what a program must say. */
export function reductionOf(kinded: Kinded): Reduction | undefined {
  if (kinded.kind === "ndarray") {
    const array = kinded.value;
    return ndarray(DTYPES[kinded.className], [typedLength(array)], "C", bytesOf(array));
  }
  if (kinded.kind !== "python") return undefined;
  const parts = kinded.form.parts(kinded.value);
  switch (kinded.form.name) {
    case "builtins.bytearray":
      return call("builtins", "bytearray", ...((parts[0] as Buffer).length > 0 ? [fresh(parts[0] as Buffer)] : []));
    case "builtins.complex":
      return call("builtins", "complex", ...parts.map((part): Part => ({ is: "float", value: part as number })));
    case "collections.OrderedDict":
      return {
        ...call("collections", "OrderedDict"),
        entries: (kinded.value as { entries: [unknown, unknown][] }).entries,
      };
    case "decimal.Decimal":
      return call("decimal", "Decimal", fresh(parts[0] as string));
    case "fractions.Fraction":
      return call("fractions", "Fraction", ...parts.map((part) => value(integer(part as string))));
    case "datetime.date":
      return call("datetime", "date", fresh(dateBytes(parts as number[], 0)));
    case "datetime.time": {
      const [fold, zone] = parts.slice(4);
      return call("datetime", "time", fresh(timeBytes(parts as number[], fold as number)), ...zoneOf(zone));
    }
    case "datetime.datetime": {
      const [fold, zone] = parts.slice(7);
      const bytes = [dateBytes(parts as number[], fold as number), timeBytes(parts.slice(3) as number[], 0)];
      return call("datetime", "datetime", fresh(Buffer.concat(bytes)), ...zoneOf(zone));
    }
    case "datetime.timedelta":
      return call("datetime", "timedelta", ...parts.map(value));
    case "datetime.timezone": {
      const { offset, name } = kinded.value as { offset: unknown; name: unknown };
      return call("datetime", "timezone", value(offset), ...(name === null ? [] : [value(name)]));
    }
    case "numpy.ndarray":
      return ndarray(...(parts as unknown as ArrayParts));
    case "numpy.generic": {
      const [dtype, bytes] = parts as [string, Buffer];
      return call("numpy.core.multiarray", "scalar", sharedDtype(dtype), fresh(bytes));
    }
    default:
      return undefined;
  }
}

/** An integer as values hold it: a number where numbers have it exactly. */
function integer(text: string): number | bigint {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

const zoneOf = (zone: unknown): Part[] => (zone === null ? [] : [value(zone)]);

function dateBytes([year = 0, month = 0, day = 0]: readonly number[], fold: number): Buffer {
  return Buffer.of(year >> 8, year & 255, month | (fold << 7), day);
}

function timeBytes([hour = 0, minute = 0, second = 0, micro = 0]: readonly number[], fold: number): Buffer {
  return Buffer.of(hour | (fold << 7), minute, second, micro >> 16, (micro >> 8) & 255, micro & 255);
}

function ndarray(dtype: string, shape: readonly number[], order: "C" | "F", bytes: Uint8Array): Reduction {
  const target: Part = { is: "global", module: "numpy", name: "ndarray" };
  return {
    ...call("numpy.core.multiarray", "_reconstruct", target, tuple(value(0)), fresh(Buffer.from("b"))),
    state: tuple(value(1), tuple(...shape.map(value)), sharedDtype(dtype), value(order === "F"), fresh(bytes)),
  };
}

function sharedDtype(text: string): Part {
  const { kind, size } = dtypeOf(text);
  const order = text[0] as string;
  const reduction: Reduction = {
    ...call("numpy", "dtype", fresh(text.slice(1)), value(false), value(true)),
    state: tuple(...[3, order, null, null, null, ...layout(kind, size)].map(value)),
  };
  return { is: "shared", key: text, reduction };
}

/** Size, alignment and flags of a dtype: only texts and bytes say theirs. */
function layout(kind: Dtype["kind"], size: number): number[] {
  if (kind === "S") return [size, 1, 0];
  return kind === "U" ? [size, 4, 8] : [-1, -1, 0];
}

/** What a program said of an instance. The texts that a class is made from are new ones in Python. */
export function reductionBy({ module, name }: PickleGlobal, { via, args, state }: PickledInstance): Reduction {
  return {
    module,
    name,
    via,
    args: args.map((value) =>
      typeof value === "string" && via === "new" ? { is: "fresh", value } : { is: "value", value },
    ),
    state: state === undefined ? undefined : { is: "value", value: state },
  };
}
