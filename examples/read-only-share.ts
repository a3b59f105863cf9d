/**
 * A share that is only read: its calls are served, nothing is ever written to it, and what is not there runs as if there
 * were no cache. In front of it may lie a cache that can be written.
 */
import { fileStore, fleche, openCache, readOnly, stack } from "fleche";

const secretKey = "deadbeefcafe0123456789abcdef0123456789abcdef0123456789abcdef0123";
const writable = openCache({ store: fileStore({ root: "share" }), secretKey });

let runs = 0;
const prepare = fleche(
  function prepare(table: string): number {
    runs++;
    return table.length * 10.5;
  },
  { version: 3 },
);

// Who maintains the share fills it.
for (const table of ["users", "orders"]) prepare.with({ cache: writable })(table);
runs = 0;

// Everybody else opens it like this.
const share = readOnly(writable);
const shared = prepare.with({ cache: share });
console.log("from the share:", shared("orders"), `after ${runs} runs`);
console.log("not there, so it ran:", shared("invoices"), `after ${runs} run`);
console.log("and was not stored:", !shared.contains("invoices"));

try {
  share.save("something");
  throw new Error("a read-only cache was written");
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.log("by hand:", error.message);
}

// With a cache of one's own in front, new calls are stored there.
const both = stack([openCache({ store: fileStore({ root: "own" }), secretKey }), share]);
const own = prepare.with({ cache: both });
own("invoices");
runs = 0;
console.log("now from my own:", own("invoices"), `after ${runs} runs`);
