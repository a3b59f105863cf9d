// @ts-check
// The peers, each as its own documents show it. None of them checks who wrote an entry. A hit is an equal call of
// `simulate` found again; a miss is a new one that is stored. Where a peer cannot be used here, it says so in its row.
import { join } from "node:path";
import { argumentsOf, CALLS, simulate } from "./subject.mjs";

/** @typedef {(args: [number, number, string]) => Promise<unknown>} AsyncCall */
/** @typedef {{ name: string, async: boolean, open(directory: string): Promise<(args: [number, number, string]) => unknown> }} Peer */

/** Those that keep results on disk. @type {readonly Peer[]} */
export const PERSISTENT = [
  {
    name: "keyv on SQLite",
    async: true,
    async open(directory) {
      const { Keyv } = await import("keyv");
      const { KeyvSqlite } = await import("@keyv/sqlite");
      const keyv = new Keyv({ store: new KeyvSqlite(`sqlite://${join(directory, "keyv.db")}`) });
      return async (args) => {
        const key = JSON.stringify(args);
        const found = await keyv.get(key);
        if (found !== undefined) return found;
        const value = simulate(...args);
        await keyv.set(key, value);
        return value;
      };
    },
  },
  {
    name: "memoize-fs",
    async: true,
    async open(directory) {
      const { default: memoizer } = await import("memoize-fs");
      return spread(await memoizer({ cachePath: join(directory, "memoize-fs") }).fn(simulate));
    },
  },
  {
    name: "cacache",
    async: true,
    async open(directory) {
      // @ts-expect-error it has no types
      const { default: cacache } = await import("cacache");
      const path = join(directory, "cacache");
      return async (args) => {
        const key = JSON.stringify(args);
        // Its in-memory copy would answer for the disk.
        const found = await cacache.get.info(path, key, { memoize: false });
        if (found) return JSON.parse(String(await cacache.get.byDigest(path, found.integrity, { memoize: false })));
        const value = simulate(...args);
        await cacache.put(path, key, JSON.stringify(value), { memoize: false });
        return value;
      };
    },
  },
  {
    name: "bentocache (file)",
    async: true,
    async open(directory) {
      const { BentoCache, bentostore } = await import("bentocache");
      const { fileDriver } = await import("bentocache/drivers/file");
      const driver = fileDriver({ directory: join(directory, "bentocache"), pruneInterval: false });
      const bento = new BentoCache({ default: "disk", stores: { disk: bentostore().useL2Layer(driver) } });
      return (args) => bento.getOrSet({ key: JSON.stringify(args), factory: () => simulate(...args), ttl: "1d" });
    },
  },
];

/** Those that keep results in the memory of the process, and hand out the same object again. @type {readonly Peer[]} */
export const IN_MEMORY = [
  {
    name: "memoize",
    async: false,
    async open() {
      const { default: memoize } = await import("memoize");
      return spread(memoize(simulate, { cacheKey: JSON.stringify }));
    },
  },
  {
    name: "cachified over lru-cache",
    async: true,
    async open() {
      const { cachified } = await import("@epic-web/cachified");
      const { LRUCache } = await import("lru-cache");
      const cache = /** @type {any} */ (new LRUCache({ max: 100_000 }));
      return (args) => cachified({ cache, key: JSON.stringify(args), getFreshValue: () => simulate(...args) });
    },
  },
  {
    name: "ocache (memory)",
    async: true,
    async open() {
      const { cachedFunction } = await import("ocache");
      return spread(cachedFunction(simulate, { name: "simulate", maxAge: 86_400 }));
    },
  },
];

/** @param {(...args: [number, number, string]) => unknown} fn @returns {(args: [number, number, string]) => unknown} */
function spread(fn) {
  return (args) => fn(...args);
}

/**
 * Candidates for hits: the calls were all made before.
 * @param {readonly Peer[]} peers @param {string} directory @returns {Promise<import("./harness.mjs").Candidate[]>}
 */
export async function peerHits(peers, directory) {
  return opened(peers, directory, async (peer, call) => {
    for (let i = 0; i < CALLS; i++) await call(argumentsOf(i));
    return { name: peer.name, async: peer.async, call: (i) => call(argumentsOf(i % CALLS)) };
  });
}

/** Candidates for misses: every call is a new one. @param {readonly Peer[]} peers @param {string} directory */
export async function peerMisses(peers, directory) {
  return opened(peers, directory, async (peer, call) => {
    return { name: peer.name, async: peer.async, call: (i) => call(argumentsOf(i)) };
  });
}

/**
 * @param {readonly Peer[]} peers @param {string} directory
 * @param {(peer: Peer, call: (args: [number, number, string]) => unknown) => Promise<import("./harness.mjs").Candidate>} candidate
 */
async function opened(peers, directory, candidate) {
  const candidates = [];
  for (const peer of peers) {
    try {
      candidates.push(await candidate(peer, await peer.open(directory)));
    } catch (error) {
      candidates.push({ name: peer.name, skipped: `cannot be used here: ${String(error).slice(0, 120)}` });
    }
  }
  return candidates;
}
