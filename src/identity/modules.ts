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
  // What has methods of its class, or something under a symbol, is more than its named members.
  if (!isPlain(value) || Object.getOwnPropertySymbols(value).some((key) => key !== Symbol.toStringTag)) return false;
  // Who assigns to one of its members runs code that may do anything with the others.
  if (Object.values(Object.getOwnPropertyDescriptors(value)).some(({ set }) => set !== undefined)) return false;
  if (Object.hasOwn(value, "__esModule")) return true;
  if (Object.getOwnPropertyDescriptor(value, Symbol.toStringTag)?.value === "Module") return true;
  return isTable(value) || moduleOf(value) !== undefined;
}

/**
 * What esbuild and others make of exports: nothing but getters, and perhaps a default export. Only getters that hand out
 * a variable: to ask any other would run code, and would say less than the code does.
 */
function isTable(value: object): boolean {
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value));
  const exports = entries.filter(([key]) => key !== "default");
  return (
    exports.length > 0 &&
    entries.every(([, { enumerable }]) => enumerable === true) &&
    exports.every(([, { get, set }]) => get !== undefined && set === undefined && handsOutVariable(get))
  );
}

function handsOutVariable(getter: object): boolean {
  return (
    !types.isProxy(getter) &&
    HANDS_OUT.test(
      surroundings()
        .sourceOf(getter)
        .text.replaceAll(/\/\*.*?\*\//gs, ""),
    )
  );
}

const HANDS_OUT =
  /^(?:\(\)\s*=>\s*\(?\s*[\w$]+\s*\)?|(?:function\s*[\w$]*|get\s+[\w$]+)\s*\(\)\s*\{\s*return\s+[\w$]+\s*;?\s*\})$/;

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
