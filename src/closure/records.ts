/** The records of a body: numbers of functions, built-in things, what packages export, instances, what modules held. */
import type { Fields, MoreReaders } from "../codec/structured/read.ts";
import type { Tree } from "../codec/structured/tree.ts";
import { surroundings } from "../identity/surroundings.ts";
import { importedFrom } from "./packages.ts";
import { readProperties, WELL_KNOWN } from "./properties.ts";

/** How the records that this codec adds are read; `functionAt` has the functions of the body. */
export function readers(functionAt: (number: number, tree: Tree) => object): MoreReaders {
  return new Map<string, (fields: Fields, tree: Tree) => unknown>([
    [
      "function",
      (fields, tree) => {
        const number = fields.number();
        fields.end();
        return functionAt(number, tree);
      },
    ],
    [
      "builtin",
      (fields, tree) => {
        const name = fields.text();
        fields.end();
        const found = surroundings().builtinNamed(name);
        return found ?? tree.refuse(`${name.slice(0, 80)}, which this version of Node does not have`);
      },
    ],
    [
      "symbol",
      (fields, tree) => {
        const name = fields.text();
        fields.end();
        return WELL_KNOWN.includes(name) ? (Reflect.get(Symbol, name) as symbol) : tree.refuse("an unknown symbol");
      },
    ],
    [
      "import",
      (fields, tree) => {
        const [name, version, file, path] = [fields.text(), fields.text(), fields.text(), fields.array()];
        fields.end();
        if (!path.every((step) => typeof step === "string")) return tree.refuse("an import without a way to it");
        const found = attempt(() => importedFrom({ name, version, file, path }), `a function of ${name}`, tree);
        return typeof found === "function" ? found : tree.refuse(`a function that ${name}@${version} does not export`);
      },
    ],
    [
      "require",
      (fields) => {
        fields.end();
        return requireHere();
      },
    ],
    [
      "bound",
      (fields, tree) => {
        const name = fields.text();
        const [target, receiver, ...args] = fields.values();
        if (typeof target !== "function") return tree.refuse("a bound function without its target");
        const bound = Function.prototype.bind.call(target as () => unknown, receiver, ...args) as object;
        return Object.defineProperty(bound, "name", { value: name, configurable: true });
      },
    ],
    ["instance", readInstance],
    [
      "properties",
      (fields, tree) => {
        const parts = fields.array();
        fields.end();
        const object = {};
        readProperties(object, parts, tree);
        return object;
      },
    ],
    ["module", readModule],
  ]);
}

function requireHere(): unknown {
  const { createRequire } = process.getBuiltinModule("node:module");
  return createRequire(process.argv[1] ?? `${process.cwd()}/main`);
}

const SLOTS: ReadonlyMap<string, new () => object> = new Map<string, new () => object>([
  ["", Object],
  ["Array", Array],
  ["Map", Map],
  ["Set", Set],
  ["Error", Error],
]);

/** An instance, without its constructor being run. */
function readInstance(fields: Fields, tree: Tree): unknown {
  const [maker, slot, held, parts] = [fields.value(), fields.text(), fields.value(), fields.array()];
  fields.end();
  const Slot = SLOTS.get(slot);
  if (typeof maker !== "function" || Slot === undefined) return tree.refuse("an instance of no class");
  const prototype: unknown = Object.getOwnPropertyDescriptor(maker, "prototype")?.value;
  if (typeof prototype !== "object" || prototype === null)
    return tree.refuse("an instance of a class without prototype");
  const instance = new Slot();
  if (Array.isArray(instance) && Array.isArray(held)) instance.push(...(held as unknown[]));
  if (instance instanceof Map && held instanceof Map) for (const [key, value] of held) instance.set(key, value);
  if (instance instanceof Set && held instanceof Set) for (const member of held) instance.add(member);
  const kept = Array.isArray(instance) ? Reflect.ownKeys(instance) : [];
  if (slot === "Error") Reflect.deleteProperty(instance, "stack");
  Object.setPrototypeOf(instance, prototype);
  readProperties(instance, parts, tree, kept);
  if (slot === "Error") {
    const { message } = instance as Error;
    const stack = `${maker.name}${typeof message === "string" && message !== "" ? `: ${message}` : ""}`;
    Object.defineProperty(instance, "stack", { value: stack, writable: true, configurable: true });
  }
  return instance;
}

/** What a function names of a module: an object that says it is one. */
function readModule(fields: Fields, tree: Tree): unknown {
  const [names, values] = [fields.array(), fields.array()];
  fields.end();
  const module = Object.create(null) as object;
  Object.defineProperty(module, Symbol.toStringTag, { value: "Module" });
  for (const [i, name] of names.entries()) {
    if (typeof name !== "string" || Object.hasOwn(module, name)) return tree.refuse("a module with a wrong name");
    Object.defineProperty(module, name, { value: tree.child(values[i], name), enumerable: true });
  }
  return module;
}

/** What `work` gives; what it throws is a refusal. */
export function attempt<T>(work: () => T, what: string, tree: Tree): T {
  try {
    return work();
  } catch (error) {
    return tree.refuse(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
