/** What a wrapper is, to this folder: a function that stands for another one, and may have more than this. */
import { surroundings } from "./surroundings.ts";

/** What is known of a wrapper. */
export interface Wrapped {
  readonly original: object;
  /** The receiver that was fixed, in a list, since it may be `undefined`; empty where it is the one that it is called on. */
  readonly receiver: readonly [receiver?: unknown];
  /** The properties that each wrapper has. */
  readonly standard: ReadonlySet<PropertyKey>;
}

/** Whether a wrapper has more than the function that it stands for. */
export function hasMore(wrapper: object, wrapped: Wrapped): boolean {
  return wrapped.receiver.length > 0 || addedKeys(wrapper, wrapped).length > 0 || !hasOwnPrototypes(wrapper);
}

/** The properties that a program put on a wrapper, also those that tell another name or length than its function's. */
export function addedKeys(wrapper: object, { original, standard }: Wrapped): PropertyKey[] {
  const isRenamed = (key: PropertyKey): boolean =>
    (key === "name" || key === "length") && ownValue(wrapper, key) !== ownValue(original, key);
  return Reflect.ownKeys(wrapper).filter((key) => !standard.has(key) || isRenamed(key));
}

/** Whether a wrapper inherits from what functions inherit from, and its instances from an object that has nothing of its own. */
export function hasOwnPrototypes(wrapper: object): boolean {
  const prototype: unknown = ownValue(wrapper, "prototype");
  const parent: object | null = Object.getPrototypeOf(wrapper);
  if (parent === null || !surroundings().isFunctionPrototype(parent)) return false;
  if (!Object.hasOwn(wrapper, "prototype")) return true;
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === Object.prototype &&
    Reflect.ownKeys(prototype).length === 1 &&
    ownValue(prototype, "constructor") === wrapper
  );
}

function ownValue(object: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
