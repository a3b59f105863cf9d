/**
 * Looks into functions with Node's own inspector, in this process and synchronously: the variables of the scopes around a
 * function, where its source lies, what a bound function binds, private fields. Values come by reference, never as
 * descriptions.
 */
import type { Session } from "node:inspector";
import { type Protocol, type Scripts, scriptsOver } from "./scripts.ts";

/** The variables of one scope around a function, as they are now. */
export interface Scope {
  /** V8's words: `Module`, `Closure (name)`, `Block`, `Script`, `Global` … */
  readonly description: string;
  readonly object: object;
}

/** Where a function's source begins. */
export interface Location {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** What a look into a function shows. */
export interface Look {
  /** `undefined` for native functions. */
  readonly location: Location | undefined;
  /** From the innermost to the global one; none for native and bound functions. */
  readonly scopes: readonly Scope[];
  readonly bound:
    | { readonly target: object; readonly receiver: unknown; readonly args: readonly unknown[] }
    | undefined;
}

/** An open inspector. */
export interface Inspector {
  /** Reads scopes anew on each call: they are copies of what the variables held. */
  look(fn: object): Look;
  /** Private fields with their values, those of all classes of the object. */
  privateFields(object: object): readonly (readonly [name: string, value: unknown])[];
  /** Lets go of everything that looks have made. What a look gave us stays. */
  release(): void;
  readonly scripts: Scripts;
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
}

interface Found {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface Properties {
  readonly internalProperties?: readonly Property[];
  readonly privateProperties?: readonly Property[];
}

// Everything that looks make is released under this name.
const GROUP = "fleche";

/** Opens the inspector on this thread; `undefined` where there is none, or where it is not allowed. */
export function openInspector(): Inspector | undefined {
  let session: Session;
  try {
    // Asked for only now: to load it costs start-up time, and other runtimes do not have it.
    const { Session } = process.getBuiltinModule("node:inspector");
    session = new Session();
    session.connect();
  } catch {
    // No inspector in this runtime, or `--permission` without it.
    return undefined;
  }
  const protocol = protocolOf(session);
  try {
    const eyes = inspectorOver(protocol);
    // A runtime may have the interface and answer nothing.
    const probe = {};
    return eyes.look(() => probe).scopes.length > 0 ? eyes : undefined;
  } catch {
    session.disconnect();
    return undefined;
  }
}

function protocolOf(session: Session): Protocol {
  return {
    post<R>(method: string, parameters: object = {}): R {
      let answer: { error: Error | null; result: unknown } | undefined;
      session.post(method, parameters, (error, result) => {
        answer = { error, result };
      });
      // On the thread that it looks at, the answer is there before `post` returns.
      if (answer === undefined) throw new Error(`${method} was not answered`);
      if (answer.error !== null) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result as R;
    },
    on(event, listener) {
      session.on(event, (message: { params: never }) => listener(message.params));
    },
  };
}

function inspectorOver(protocol: Protocol): Inspector {
  const { post } = protocol;
  const exchange: { value: unknown } = { value: undefined };
  const exchangeId = handOver(protocol, exchange);

  /** Our own reference to what the inspector holds, and the other way round. */
  const take = (parameters: readonly RemoteObject[]): unknown[] => {
    post("Runtime.callFunctionOn", {
      objectId: exchangeId,
      functionDeclaration: "function(...values) { this.value = values }",
      arguments: parameters.map(({ objectId, value, unserializableValue }) =>
        objectId !== undefined ? { objectId } : unserializableValue !== undefined ? { unserializableValue } : { value },
      ),
    });
    const values = exchange.value as unknown[];
    exchange.value = undefined;
    return values;
  };
  const propertiesOf = (object: object): Properties => {
    exchange.value = object;
    const { result } = post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: exchangeId,
      functionDeclaration: "function() { return this.value }",
      objectGroup: GROUP,
    });
    exchange.value = undefined;
    return post<Properties>("Runtime.getProperties", { objectId: result.objectId, ownProperties: true });
  };
  return {
    look(fn) {
      const { internalProperties = [] } = propertiesOf(fn);
      const internal = new Map(internalProperties.map(({ name, value }) => [name, value]));
      const [scopes, target, receiver, args] = take([
        internal.get("[[Scopes]]") ?? {},
        internal.get("[[TargetFunction]]") ?? {},
        internal.get("[[BoundThis]]") ?? {},
        internal.get("[[BoundArgs]]") ?? {},
      ]);
      const found = internal.get("[[FunctionLocation]]")?.value as Found | undefined;
      return {
        location: found && { script: found.scriptId, line: found.lineNumber, column: found.columnNumber },
        scopes: listOf<Scope>(scopes),
        bound: target === undefined ? undefined : { target: target as object, receiver, args: listOf(args) },
      };
    },
    privateFields(object) {
      const fields = (propertiesOf(object).privateProperties ?? []).filter(({ value }) => value !== undefined);
      const values = take(fields.map(({ value }) => value as RemoteObject));
      return fields.map(({ name }, i) => [name, values[i]] as const);
    },
    release() {
      post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    },
    scripts: scriptsOver(protocol),
  };
}

/** The inspector's lists are arrays without the methods of arrays. */
function listOf<T>(list: unknown): readonly T[] {
  return list === undefined ? [] : Array.prototype.slice.call(list);
}

/** Gives the inspector one object of ours, through a global that exists for this moment only. */
function handOver({ post }: Protocol, exchange: object): string {
  const door = Symbol.for("fleche.inspector");
  Object.defineProperty(globalThis, door, { value: exchange, configurable: true });
  try {
    const { result } = post<{ result: RemoteObject }>("Runtime.evaluate", {
      expression: 'globalThis[Symbol.for("fleche.inspector")]',
    });
    if (result.objectId === undefined) throw new Error("the inspector sees another realm");
    return result.objectId;
  } finally {
    Reflect.deleteProperty(globalThis, door);
  }
}
