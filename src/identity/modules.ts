/**
 * Objects that stand for a module: of them only the members that a source names count. That is the namespaces of
 * `import * as`, the exports of CommonJS modules, and the tables that compilers and test runners put in their place.
 */
import { Module } from "node:module";
import { types } from "node:util";
import { originOf } from "./origin.ts";
import { surroundings } from "./surroundings.ts";

/** Whether an object stands for a module. Runs none of its code but the getter of `__esModule`. */
export function isModuleLike(value: object): boolean {
  if (types.isProxy(value)) return false;
  if (types.isModuleNamespaceObject(value) || value instanceof Module) return true;
  if (Object.hasOwn(value, "__esModule")) return true;
  if (Object.getOwnPropertyDescriptor(value, Symbol.toStringTag)?.value === "Module") return true;
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  // What esbuild and others make of exports: nothing but getters, and perhaps a default export.
  const isTable = properties.every(
    ([key, { get, set }]) => key === "default" || (get !== undefined && set === undefined),
  );
  if (isTable && properties.length > 0) return true;
  return isPlain(value) && moduleOf(value) !== undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The member of a module; its getters are asked, since an export may be behind one. */
export function memberOf(module: object, name: string): unknown {
  return Reflect.get(module, name);
}

/** The file whose CommonJS module exports this very object. */
export function moduleOf(exported: object): string | undefined {
  for (const module of Object.values(commonJs())) if (module?.exports === exported) return module.filename;
  return undefined;
}

/** Whether a function is an export of a package's CommonJS module: there once, made when the module was loaded. */
export function isExported(fn: object): boolean {
  const { name } = fn as { name?: unknown };
  for (const module of Object.values(commonJs())) {
    const exported: unknown = module?.exports;
    const isMember =
      typeof exported === "object" &&
      exported !== null &&
      !types.isProxy(exported) &&
      typeof name === "string" &&
      Object.getOwnPropertyDescriptor(exported, name)?.value === fn;
    // A module of the user's may export what a package made for it.
    if ((exported === fn || isMember) && originOf(module?.filename ?? "").kind === "package") return true;
  }
  return false;
}

function commonJs(): NodeJS.Dict<NodeModule> {
  return surroundings().commonJs;
}
