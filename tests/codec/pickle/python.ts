/** Runs Python for the tests that compare with it; where there is none, they are skipped with a word. */
import { spawnSync } from "node:child_process";

/** The Python that is there, or undefined. */
export const PYTHON: string | undefined = ["python3"].find((name) => spawnSync(name, ["--version"]).status === 0);

/** Whether numpy is there too. */
export const NUMPY: boolean = PYTHON !== undefined && spawnSync(PYTHON, ["-c", "import numpy"]).status === 0;

/** Why such tests are skipped, for their titles. */
export const NEEDS_PYTHON: string = PYTHON === undefined ? " (skipped: no python3 here)" : "";

/** What all programs begin with. */
const PRELUDE = `
import sys, json, pickle, collections, dataclasses, datetime, decimal, enum, fractions, types
from collections import OrderedDict
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
model = types.ModuleType("model")
sys.modules["model"] = model
class Color(enum.Enum):
    RED = 1
    GREEN = "g"
@dataclasses.dataclass
class Point:
    x: int
    y: float
@dataclasses.dataclass(frozen=True)
class Frozen:
    a: object
for c in (Color, Point, Frozen):
    c.__module__ = "model"
    setattr(model, c.__name__, c)
`;

/** The lines that a program prints, as values of JSON; fails where the program does. */
export function python(program: string, input: unknown = null): unknown {
  const { stdout, stderr, status } = spawnSync(PYTHON as string, ["-W", "error", "-c", `${PRELUDE}\n${program}`], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The pickles, in each of these protocols, of values written as Python expressions. */
export function pickled(expressions: readonly string[], protocols: readonly number[], prelude = ""): Buffer[][] {
  const program = `${prelude}
expressions, protocols = json.load(sys.stdin)
print(json.dumps([[pickle.dumps(eval(e), p).hex() for p in protocols] for e in expressions]))`;
  const hex = python(program, [expressions, protocols]) as string[][];
  return hex.map((row) => row.map((text) => Buffer.from(text, "hex")));
}

/** For each pickle, whether Python reads from it what the expression beside it says, of the same types all through. */
export function readAlike(
  pickles: readonly (readonly [pickle: Buffer, expression: string])[],
  prelude = "",
): unknown[] {
  const program = `${prelude}
def same(a, b):
    if type(a) is not type(b): return False
    if type(a).__module__ == "numpy":
        return a.dtype.str == b.dtype.str and a.shape == b.shape and a.tobytes() == b.tobytes() and (not hasattr(a, "flags") or a.flags.f_contiguous == b.flags.f_contiguous)
    if isinstance(a, (list, tuple)): return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, OrderedDict): return same(list(a.items()), list(b.items()))
    if isinstance(a, dict): return len(a) == len(b) and all(any(same(k, l) and same(v, b[l]) for l in b) for k, v in a.items())
    if isinstance(a, float): return repr(a) == repr(b)
    if isinstance(a, complex): return repr(a) == repr(b)
    if isinstance(a, Decimal): return str(a) == str(b)
    if isinstance(a, (datetime.datetime, time)): return repr(a) == repr(b)
    return a == b
def why(p, e):
    try:
        # As Python itself brings it back: numpy gives arrays the machine's order of bytes then.
        a, b = pickle.loads(bytes.fromhex(p)), pickle.loads(pickle.dumps(eval(e), 4))
        return True if same(a, b) else repr(a)
    except Exception as error:
        return repr(error)
print(json.dumps([why(p, e) for p, e in json.load(sys.stdin)]))`;
  return python(
    program,
    pickles.map(([pickle, expression]) => [pickle.toString("hex"), expression]),
  ) as unknown[];
}
