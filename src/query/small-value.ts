/**
 * Whether a value says nothing about where it comes from: `null`, `true`, 5 and "" are in calls that have nothing to do
 * with each other, so a lineage does not follow them.
 */
import { types } from "node:util";
import { Tuple } from "../digest/shapes.ts";

/** Texts from this length on are taken to be the same on purpose. */
const SHORT = 32;

/** Whether it is a number or other scalar, a short text, or an empty container. */
export function isSmall(value: unknown): boolean {
  if (typeof value === "string") return value.length < SHORT;
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (value === null) return true;
  if (Array.isArray(value) || value instanceof Tuple) return value.length === 0;
  if (types.isMap(value) || types.isSet(value)) return value.size === 0;
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return value.byteLength === 0;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && Reflect.ownKeys(value).length === 0;
}
