/**
 * How a function that is met is written: the user's by its number, to be gone through later; built-in ones by name, those
 * of packages by where they are exported, bound ones by what they bind. What is none of these is refused.
 */
import type { Tree } from "../codec/structured/tree.ts";
import type { Look } from "../identity/inspector.ts";
import type { Origin } from "../identity/origin.ts";
import { surroundings } from "../identity/surroundings.ts";
import { exportOf } from "./packages.ts";
import { closureRecord } from "./record.ts";

/** What is known of functions while a value is written. */
export interface Foreign {
  look(fn: object): Look | undefined;
  /** The number of a user's function. */
  number(fn: object, tree: Tree): number;
}

/** The record of a function, which is no wrapper and no proxy. */
export function functionRecord(fn: object, tree: Tree, { look, number }: Foreign): unknown {
  const { sourceOf, originAt } = surroundings();
  const source = sourceOf(fn);
  if (source.native) return builtinRecord(fn) ?? boundRecord(fn, tree, look);
  const location = look(fn)?.location;
  const origin: Origin = location === undefined ? { kind: "user" } : originAt(location);
  switch (origin.kind) {
    case "node":
      return builtinRecord(fn) ?? tree.refuse(`a function inside ${origin.file}, which Node does not give by a name`);
    case "package": {
      const { name, version, file } = origin;
      const found = version === undefined ? undefined : exportedAs(fn, name, version, file, tree);
      if (found !== undefined) return closureRecord("import", found.name, found.version, found.file, found.path);
      // What names nothing outside itself is all in its source, whoever wrote it.
      if (source.free.names.size === 0) return closureRecord("function", number(fn, tree));
      return tree.refuse(`a function inside the package ${name}, which none of its exports is`);
    }
    default:
      return closureRecord("function", number(fn, tree));
  }
}

function exportedAs(fn: object, name: string, version: string, file: string, tree: Tree): ReturnType<typeof exportOf> {
  try {
    return exportOf(fn, name, version, file);
  } catch (error) {
    return tree.refuse(`a function of the package ${name}, which cannot be loaded: ${String(error)}`);
  }
}

/** A function or object of the language's or Node's, by its name; `undefined` for any other. */
export function builtinRecord(value: object): object | undefined {
  const { builtinFunction, builtinObject, builtinNamed } = surroundings();
  const name = typeof value === "function" ? builtinFunction(value) : builtinObject(value);
  return name !== undefined && builtinNamed(name) === value ? closureRecord("builtin", name) : undefined;
}

function boundRecord(fn: object, tree: Tree, look: Foreign["look"]): unknown {
  const bound = look(fn)?.bound;
  if (bound === undefined) return tree.refuse("a native function that is not among the built-ins");
  const { target, receiver, args } = bound;
  const parts = [target, receiver, ...args].map((part, i) =>
    tree.child(part, { shown: i === 0 ? "<bound function>" : i === 1 ? "<bound this>" : `<bound argument ${i - 2}>` }),
  );
  return closureRecord("bound", (fn as { name?: unknown }).name, ...parts);
}
