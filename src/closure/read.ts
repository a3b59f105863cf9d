/**
 * Body → value. What is in the body is checked as strictly as in codec `structured`; then its functions are defined, in
 * scopes that hold what they captured. Defining runs nothing of them, but they are code: that the body may be read at all
 * is decided by the seal, before anything comes here.
 */
import { readTrees } from "../codec/structured/read.ts";
import type { Tree } from "../codec/structured/tree.ts";
import { DecodeError } from "../errors.ts";
import { type Body, type FunctionPart, ROOT, type SourcePart } from "./body.ts";
import { bodyOf } from "./check.ts";
import { readKey, readProperties } from "./properties.ts";
import { attempt, readers } from "./records.ts";
import { type Made, scriptOf } from "./script.ts";

/** The value of a body that was read from `size` bytes; `label` is what stack traces call its code. Throws `DecodeError`. */
export function readBody(raw: unknown, size: number, label: string): unknown {
  const body = bodyOf(raw, size);
  const made = runScripts(body, label);
  const functions: (object | "under way" | undefined)[] = [];

  const functionAt = (number: number, tree: Tree): object => {
    const known = functions[number];
    if (typeof known === "object" || typeof known === "function") return known;
    const part = body.functions[number];
    if (part === undefined) return tree.refuse(`function ${number}, which is not in the list`);
    if (known !== undefined) tree.refuse("a class that is its own superclass");
    functions[number] = "under way";
    const fn = "text" in part ? define(number, part, tree) : memberAt(part, tree);
    functions[number] = fn;
    return fn;
  };

  const define = (number: number, part: SourcePart, tree: Tree): object => {
    const parent = part.parent === undefined ? undefined : tree.any(part.parent);
    // The superclass has to be there when the class is defined; all other variables are set when everything is.
    if (part.heritage !== undefined && !part.apart) {
      const scope = body.scopes[part.scope];
      const at = scope?.names.indexOf(part.heritage) ?? -1;
      if (at < 0) return tree.refuse(`the superclass "${part.heritage}", which is no variable`);
      made.set[part.scope]?.[at]?.(tree.any(scope?.values[at]));
    }
    const defined = (): unknown => definedFrom(made.define[number], parent, part.method);
    const fn = attempt(defined, "a function that cannot be defined", tree);
    if (typeof fn !== "function" || Function.prototype.toString.call(fn) !== part.text)
      return tree.refuse("a text that is not the source of one function");
    if (parent !== undefined && Object.getPrototypeOf(fn) !== parent)
      tree.refuse("a class that does not extend its superclass");
    return fn;
  };

  const memberAt = (part: Extract<FunctionPart, { readonly of: number }>, tree: Tree): object => {
    const owner = functionAt(part.of, tree);
    const holder: unknown = part.isStatic ? owner : Object.getOwnPropertyDescriptor(owner, "prototype")?.value;
    const key = readKey(part.key, tree);
    const found: unknown = Object.getOwnPropertyDescriptor(Object(holder), key)?.[part.role];
    return typeof found === "function" ? found : tree.refuse(`a class without the member ${String(key)}`);
  };

  return readTrees(size, readers(functionAt), (tree) => {
    // Members are taken before anything that was changed later is put in their place.
    for (const number of body.functions.keys()) functionAt(number, tree);
    for (const [number, part] of body.functions.entries())
      if ("text" in part) hang(functions[number] as object, part, tree);
    for (const [place, { values }] of body.scopes.entries())
      for (const [i, value] of values.entries()) made.set[place]?.[i]?.(tree.any(value));
    return tree.any(body.value);
  });
}

function runScripts(body: Body, label: string): Made {
  const made: Made = { define: {}, set: {} };
  const functions = new Map([...body.functions.entries()].flatMap(([i, part]) => ("text" in part ? [[i, part]] : [])));
  const { Script, constants } = process.getBuiltinModule("node:vm");
  for (const root of Object.keys(ROOT) as (keyof typeof ROOT)[]) {
    const text = scriptOf(root, functions, body.scopes);
    if (text === undefined) continue;
    try {
      const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
      const script = new Script(text, { filename: label, importModuleDynamically });
      (script.runInThisContext() as (made: Made) => void)(made);
    } catch (error) {
      throw new DecodeError("sources that are no functions", { cause: error });
    }
  }
  return made;
}

/** A function from its definition; of a method's, which is an object, the one member. */
function definedFrom(define: Made["define"][number] | undefined, superclass: unknown, method: boolean): unknown {
  const defined = define?.(superclass);
  if (!method || typeof defined !== "object" || defined === null) return defined;
  const [key] = Reflect.ownKeys(defined);
  const property = key === undefined ? undefined : Object.getOwnPropertyDescriptor(defined, key);
  return property?.value ?? property?.get ?? property?.set;
}

/** Gives a function what hung on it: name and length, properties, what its prototype holds and inherits from. */
function hang(fn: object, part: SourcePart, tree: Tree): object {
  for (const [key, value] of [
    ["name", part.name],
    ["length", part.length],
  ] as const) {
    if (value === undefined) {
      // A static member may bear the name.
      if (typeof Object.getOwnPropertyDescriptor(fn, key)?.value !== "function") Reflect.deleteProperty(fn, key);
    } else Object.defineProperty(fn, key, { value, configurable: true });
  }
  const standard = ["prototype", "arguments", "caller"];
  if (part.name !== undefined) standard.push("name");
  if (part.length !== undefined) standard.push("length");
  readProperties(fn, part.own, tree, standard);
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (part.prototype === undefined) return fn;
  if (typeof prototype !== "object" || prototype === null)
    return tree.refuse("a prototype of a function that has none");
  readProperties(prototype, part.prototype, tree, ["constructor"]);
  if (part.inherits === undefined) return fn;
  const maker: unknown = tree.any(part.inherits);
  const above: unknown = Object.getOwnPropertyDescriptor(Object(maker), "prototype")?.value;
  if (typeof above !== "object") return tree.refuse("a prototype that inherits from no class");
  attempt(() => Object.setPrototypeOf(prototype, above), "a prototype that cannot inherit", tree);
  return fn;
}
