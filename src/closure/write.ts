/**
 * Value → body. The value is written as codec `structured` does; functions and living objects become records, and every
 * function that is met is gone through later, with the variables that it captures. Nothing of the value is run.
 */
import { types } from "node:util";
import type { Tree } from "../codec/structured/tree.ts";
import { writeTrees } from "../codec/structured/write.ts";
import type { Step } from "../digest/path.ts";
import { isModule, membersOf, type Uses } from "../identity/captured.ts";
import type { Look } from "../identity/inspector.ts";
import { memberOf, moduleOf } from "../identity/modules.ts";
import type { Source } from "../identity/source.ts";
import { sloppyScript } from "../identity/strictness.ts";
import { surroundings } from "../identity/surroundings.ts";
import { isRequire } from "../identity/user-function.ts";
import type { Wrapped } from "../identity/wrapped.ts";
import { assignmentsIn } from "./assigned.ts";
import { type Body, FORM, type FunctionPart, type SourcePart } from "./body.ts";
import { definitionOf } from "./definition.ts";
import { type Foreign, functionRecord } from "./foreign.ts";
import { hangingsOf, type Members } from "./hangings.ts";
import { instanceRecord } from "./instances.ts";
import { closureRecord } from "./record.ts";
import { type Capturing, placeFunctions, type Variable } from "./sharing.ts";
import { type Captured, capturedBy } from "./variables.ts";

/** What the layers above know of functions and objects. */
export interface ClosureHooks {
  /** The function behind a wrapper. */
  unwrap(fn: object): Wrapped | undefined;
  /** What an object is that is never carried. */
  apart(value: object): string | undefined;
}

/** A function that was met, and where. */
interface Met {
  readonly fn: object;
  readonly steps: readonly Step[];
}

/** More than this is no value any more, but a program. */
const MOST_FUNCTIONS = 10_000;

/** The body of a value. Throws `EncodeError` with the path to what cannot be carried. */
export function writeBody(value: unknown, { unwrap, apart }: ClosureHooks): Body {
  const around = surroundings();
  const met: Met[] = [];
  const numbers = new Map<object, number>();
  const members: Members = new Map();
  const looks = new Map<object, Look | undefined>();
  const look = (fn: object): Look | undefined => {
    if (!looks.has(fn)) looks.set(fn, around.look(fn));
    return looks.get(fn);
  };
  const foreign: Foreign = {
    look,
    number(fn, tree) {
      const known = numbers.get(fn);
      if (known !== undefined) return known;
      if (met.length >= MOST_FUNCTIONS) tree.refuse(`more than ${MOST_FUNCTIONS} functions`);
      numbers.set(fn, met.length);
      return met.push({ fn, steps: tree.steps() }) - 1;
    },
  };
  const more = {
    function(fn: object, tree: Tree): unknown {
      if (types.isProxy(fn)) return tree.refuse("a proxy, which may answer differently each time");
      const original = unwrap(fn)?.original;
      return original === undefined ? functionRecord(fn, tree, foreign) : tree.any(original);
    },
    object(object: object, tree: Tree): unknown {
      const what = apart(object);
      return what === undefined
        ? instanceRecord(object, tree, around.builtinObject)
        : tree.refuse(`${what}, which is not carried`);
    },
  };
  try {
    return writeTrees(more, (tree) => {
      const root = tree.any(value);
      const described: (Capturing & { readonly part: Omit<SourcePart, "scope"> })[] = [];
      // Grows while it is gone through.
      for (const { fn, steps } of met)
        described.push(tree.at(steps, () => describe(fn, tree, look, members, (fn) => foreign.number(fn, tree))));
      const isMember = met.map(({ fn }) => members.has(fn));
      const alone = described.filter((_, i) => isMember[i] !== true);
      const { scopes, places } = placeFunctions(alone, tree.refuse);
      let next = 0;
      const functions = described.map(({ fn, part }): FunctionPart => {
        const member = members.get(fn);
        return member ?? { ...part, scope: places[next++] as number };
      });
      return { form: FORM, value: root, functions, scopes };
    });
  } finally {
    if (looks.size > 0) around.release();
  }
}

function describe(
  fn: object,
  tree: Tree,
  look: (fn: object) => Look | undefined,
  members: Members,
  number: (fn: object) => number,
): Capturing & { readonly part: Omit<SourcePart, "scope"> } {
  const source = surroundings().sourceOf(fn);
  const { form, heritage } = definitionOf(fn, source, tree.refuse);
  const isAssigned = assignmentsIn(source.text);
  const variables = capturedBy(source, () => look(fn), tree.refuse).map((captured): Variable => {
    const written = tree.at([{ shown: captured.name }], () => variableTree(captured, tree));
    const { name, level, value } = captured;
    return { name, level, value, tree: written, assigned: isAssigned(name) };
  });
  const superclass = heritageOf(fn, heritage, variables, tree);
  const sloppy = isSloppy(fn, source, () => look(fn));
  return {
    fn,
    sloppy,
    scopes: variables.length === 0 ? [] : (look(fn)?.scopes ?? []),
    script: variables.length === 0 ? undefined : look(fn)?.location?.script,
    variables,
    part: {
      text: source.text,
      method: form === "method",
      ...superclass,
      ...hangingsOf(fn, source, tree, members, number, look),
    },
  };
}

/** Where a class finds its superclass: in its scope, in a variable that nothing else names and V8 has not kept, or globally. */
function heritageOf(
  fn: object,
  [name, ...members]: readonly string[],
  variables: readonly Variable[],
  tree: Tree,
): Pick<SourcePart, "heritage" | "apart"> {
  if (name === undefined) return { heritage: undefined, apart: false };
  if (variables.some((variable) => variable.name === name)) return { heritage: name, apart: false };
  const parent: unknown = Object.getPrototypeOf(fn);
  if (members.length === 0 && Object.getOwnPropertyDescriptor(globalThis, name)?.value === parent)
    return { heritage: undefined, apart: false };
  return members.length === 0 ? { heritage: name, apart: true } : tree.refuse("a class whose superclass is computed");
}

/** What a captured variable holds; of a module only the members that the source names. */
function variableTree({ name, value, uses }: Captured, tree: Tree): unknown {
  if (name === "require" && isRequire(value)) return closureRecord("require");
  return moduleTree(name, value, uses, tree) ?? tree.any(value);
}

function moduleTree(path: string, value: unknown, uses: Uses, tree: Tree): unknown {
  if (typeof value !== "object" || value === null || !isModule(path, value, uses) || isTable(value)) return undefined;
  const { sourceOf } = surroundings();
  const names: string[] = [];
  const trees: unknown[] = [];
  for (const [name, rest] of membersOf(path, value, uses, { sourceOf, unwrap: (fn) => fn })) {
    const member = memberOf(value, name);
    names.push(name);
    trees.push(tree.at([name], () => moduleTree(`${path}.${name}`, member, rest, tree) ?? tree.any(member)));
  }
  return closureRecord("module", names, trees);
}

/** An object of getters that is no module: they are carried as they are. */
function isTable(value: object): boolean {
  if (types.isProxy(value) || types.isModuleNamespaceObject(value) || Object.hasOwn(value, "__esModule")) return false;
  return (
    Object.getOwnPropertyDescriptor(value, Symbol.toStringTag)?.value !== "Module" && moduleOf(value) === undefined
  );
}

/** Whether a function has to be made in sloppy code to be what it is. */
function isSloppy(fn: object, source: Source, look: () => Look | undefined): boolean {
  if (source.isClass || source.sloppy) return source.sloppy;
  // V8 shows it of plain functions; of methods, arrows and async functions only the script tells.
  const plain = Object.hasOwn(fn, "prototype") && Object.getPrototypeOf(fn) === Function.prototype;
  const location = plain ? undefined : look()?.location;
  return location !== undefined && sloppyScript(location) !== undefined;
}
