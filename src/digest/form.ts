/**
 * Values of Python that have a class in `codec/pickle/` and no counterpart in JavaScript. The classes lie above, so that
 * only who reads pickles loads them; here is what a digest, and the codec `structured`, need of them. Each module that
 * defines such a class puts its form in. Names are one closed list: no program can add to it or choose one.
 */

/** Python's names of the classes, or ours where Python has no one name; reserved, so that no registered class has one. */
export const FORM_NAMES = [
  "builtins.float",
  "builtins.set",
  "builtins.frozenset",
  "builtins.bytearray",
  "builtins.complex",
  "collections.OrderedDict",
  "datetime.date",
  "datetime.time",
  "datetime.datetime",
  "datetime.timedelta",
  "datetime.timezone",
  "decimal.Decimal",
  "fractions.Fraction",
  "numpy.ndarray",
  "numpy.generic",
  "python.enum",
  "python.object",
] as const;

/** Name of a form. */
export type FormName = (typeof FORM_NAMES)[number];

/** How the instances of a class are named and taken apart. */
export interface Form<T extends object = object> {
  readonly name: FormName;
  /** Which row of the digest table: Python's own where it is known, else `object` with the name. */
  readonly as: "set" | "float" | "ndarray" | "object";
  /** Told by a private name, so that no look-alike counts. */
  is(value: object): boolean;
  /** Digestible parts that tell two instances apart. */
  parts(value: T): readonly unknown[];
  /** The instance of these parts; throws for any that no instance has. */
  make(parts: readonly unknown[]): T;
}

/** An n-dimensional array, as digests see it: dtype, shape, and the bytes of its elements in C order. */
export type ArrayParts = readonly [dtype: string, shape: readonly number[], order: "C" | "F", bytes: Uint8Array];

const byPrototype = new Map<object, Form>();
const byName = new Map<string, Form>();

/** Puts a class in. */
export function defineForm<T extends object>(target: { readonly prototype: T }, form: Form<T>): void {
  byPrototype.set(target.prototype, form as unknown as Form);
  byName.set(form.name, form as unknown as Form);
}

/** The form of an object with this prototype; `undefined` for any other. */
export function formOf(value: object, prototype: object): Form | undefined {
  const form = byPrototype.get(prototype);
  return form?.is(value) === true ? form : undefined;
}

/** The form of this name, once the module that defines its class is loaded. */
export function formNamed(name: string): Form | undefined {
  return byName.get(name);
}

/** Elements that lie in Fortran order, in C order. */
export function inOrderC([, shape, order, bytes]: ArrayParts): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (order === "C" || shape.length < 2 || count === 0) return bytes;
  const size = bytes.length / count;
  const sorted = new Uint8Array(bytes.length);
  // Goes through the elements in C order and keeps, of each index, what it adds to the place in Fortran order.
  const strides: number[] = [];
  let stride = size;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < sorted.length; to += size) {
    for (let i = 0; i < size; i++) sorted[to + i] = bytes[from + i] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return sorted;
}
