/**
 * What an error is made of: the properties that the eight built-in classes give it, which are hidden from enumeration,
 * and the enumerable fields that programs add. The stack is left out: it says where, not what.
 */
import { type Field, HOLE, type Refuse } from "./own-fields.ts";

/** The parts of an error; `HOLE` stands for what it does not have. */
export interface ErrorFields {
  /** Its effective name and message: its own, or those of its class. */
  readonly name: unknown;
  readonly message: unknown;
  readonly cause: unknown;
  readonly errors: unknown;
  /** Own properties that are not enumerable, in order: some of name, message, cause, errors. */
  readonly hidden: readonly Field[];
  /** Own enumerable properties, in order. */
  readonly fields: readonly Field[];
}

/** The properties that a built-in class gives an error without showing them to enumeration. */
export const MAY_BE_HIDDEN: readonly PropertyKey[] = ["name", "message", "cause", "errors"];

/** Reads an error without running code of it; refuses accessors and hidden properties that no built-in class gives. */
export function errorFields(error: Error, className: string, refuse: Refuse): ErrorFields {
  const hidden: Field[] = [];
  const fields: Field[] = [];
  for (const key of Reflect.ownKeys(error)) {
    // Not looked at: in newer V8 it is an accessor.
    if (key === "stack") continue;
    const property = Object.getOwnPropertyDescriptor(error, key) as PropertyDescriptor;
    if (!("value" in property)) refuse("an accessor, which would have to be run", key);
    if (typeof key === "symbol" && Symbol.keyFor(key) === undefined) refuse(`${String(key)} is not made by Symbol.for`);
    if (!property.enumerable && !MAY_BE_HIDDEN.includes(key)) refuse("a property that is not enumerable", key);
    (property.enumerable ? fields : hidden).push([key, property.value]);
  }
  const own = (key: string, otherwise: unknown): unknown => {
    const field = [...hidden, ...fields].find(([name]) => name === key);
    return field === undefined ? otherwise : field[1];
  };
  return {
    name: own("name", className),
    message: own("message", ""),
    cause: own("cause", HOLE),
    errors: own("errors", HOLE),
    hidden,
    fields,
  };
}
