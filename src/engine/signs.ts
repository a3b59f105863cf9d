/** Whether a cache signs what it stores: then what nobody vouched for must not come to lie there as if somebody had. */
import type { CallCache } from "./call-cache.ts";

/** Whether what is written to a cache is signed. */
export function signs({ places }: CallCache): boolean {
  return places.some((place) => place.writable && place.signs);
}
