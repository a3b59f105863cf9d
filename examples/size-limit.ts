/** A cache that stays small: the calls that were used least recently are forgotten, and the values that only they named. */
import { fileStore, fleche, gc, limited, openCache, prune, stats } from "fleche";

const store = openCache({ store: fileStore({ root: "cache" }), keys: null });
const cache = limited(store, { maxBytes: 200_000 });

const render = fleche((page: number): string => `page ${page} `.repeat(2000), { cache, name: "render" });

for (let page = 1; page <= 40; page++) {
  render(page);
  // Asked for over and over, so it stays.
  render(1);
}
const { records, values } = stats(cache);
console.log("bytes within the limit:", records.bytes + values.bytes <= 200_000);
console.log("the page in use is there:", render.contains(1));
console.log("the newest is there:", render.contains(40));
console.log("an old one is not:", !render.contains(2));

// A cache without a limit is made smaller when you say so: by age, bytes or count.
const pruned = prune(store, { maxAge: "30d", maxCount: 3 });
console.log("left after pruning:", pruned.records, "calls");

// Values that no call names: those of calls that were forgotten by hand. Young ones stay, a running call may need them.
render.evict(40);
console.log("garbage, too young to go:", gc(store).young);
console.log("garbage removed:", gc(store, { grace: 0 }).removed);
