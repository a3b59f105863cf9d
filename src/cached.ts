/** The decorator for methods: the instance is an input like any other, so its class is registered or says how it is digested. */
import type { AnyFunction } from "./call/source.ts";
import { invalidArgument } from "./errors.ts";
import { type CallMethods, type Fleche, fleche } from "./fleche.ts";
import type { FlecheOptions } from "./wrap-options.ts";

/**
 * Caches a method, as a standard decorator: `@cached({ version: 2 }) energy(x: number) { … }`. The instance is an
 * argument named `this` where the method uses it. For its methods (`digest`, `explain` …) use {@link methodOf}.
 *
 * @example
 * ```ts
 * import { cached, methodOf, register, withCache } from "fleche";
 * class Model {
 *   constructor(readonly mass: number) {}
 *   @cached({ name: "Model.energy" }) energy(speed: number) {
 *     return (this.mass * speed ** 2) / 2;
 *   }
 * }
 * register(Model, { name: "physics.Model", encode: (m) => m.mass, decode: (mass) => new Model(mass) });
 * const model = new Model(3);
 * withCache("memory", () => model.energy(2)); // 6
 * withCache("memory", () => methodOf(model, "energy").contains(2)); // true
 * ```
 */
export function cached(
  options: FlecheOptions = {},
): <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext) => Fleche<F> {
  return (method, context) => {
    if (typeof context !== "object" || context === null || context.kind !== "method") {
      throw invalidArgument("@cached is a standard decorator for methods; wrap other functions with fleche(fn)");
    }
    if (context.private) {
      // Where private methods are compiled away, they are called by `.call(this, …)`, which names a cached function's call.
      throw invalidArgument(`@cached: ${String(context.name)} is private; cache a function or a public method instead`);
    }
    return fleche(method, options.name === undefined ? { name: String(context.name), ...options } : options);
  };
}

/** The methods of an instance that are functions. */
type MethodName<T> = { [K in keyof T]: T[K] extends AnyFunction ? K : never }[keyof T];

/**
 * A cached method of an instance with its methods, the instance fixed: `methodOf(model, "energy").explain(3)`. Throws a
 * `TypeError` where the method is not cached.
 */
export function methodOf<T extends object, K extends MethodName<T>>(
  instance: T,
  name: K,
): T[K] extends AnyFunction ? Fleche<OmitThisParameter<T[K]>> : never {
  const method = instance[name] as unknown as Partial<CallMethods<AnyFunction>> | undefined;
  if (typeof method?.on !== "function") throw invalidArgument(`methodOf: ${String(name)} is not a cached method`);
  return method.on(instance as never) as never;
}
