/** What every class here says of itself, in one place: its form for digests and codecs, its key, how it is printed. */
import { inspect } from "node:util";
import { defineForm, type Form } from "../../../digest/form.ts";
import { defineKey, type KeyOf } from "./key.ts";

/** A class for values of Python. */
export interface PythonClass<T extends object> extends Form<T> {
  /** Where Python can hash the instances. */
  readonly key?: KeyOf<T>;
}

/** Puts a class in. Its fields are private, so without this `console.log` would show none. */
export function definePython<T extends object>(
  target: { readonly prototype: T; readonly name: string },
  python: PythonClass<T>,
): void {
  const { key, ...form } = python;
  defineForm(target, form);
  if (key !== undefined) defineKey(target, key);
  Object.defineProperty(target.prototype, inspect.custom, {
    value(this: T, _: number, options: object): string {
      return form.is(this) ? `${target.name} ${inspect(form.parts(this), options)}` : target.name;
    },
  });
}
