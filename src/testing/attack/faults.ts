/** Stores that are empty, fail, or say one thing and hand out another: a miss with its reason, and good again afterwards. */
import { StoreError } from "../../errors.ts";
import type { Admit, Store } from "../../store/store.ts";
import { type Attack, type AttackCase, disguised, type Health, inGroup } from "./case.ts";

type Get = Store["blobs"]["get"];

/** A store whose reads are bent while it is ill. */
function bent(bend: (get: Get, name: string, admit: Admit | undefined) => ReturnType<Get>): Pick<Attack, "disguise"> {
  return {
    disguise: (store, health: Health) => {
      const get: Get = (name, admit) => store.blobs.get(name, admit);
      return disguised(store, {
        blobs: { get: (name, admit) => (health.ill ? bend(get, name, admit) : get(name, admit)) },
      });
    },
  };
}

/** What `get` gives, cut or lengthened on its way. */
function handedOut(change: (bytes: Uint8Array) => Uint8Array | undefined): Pick<Attack, "disguise"> {
  return bent((get, name, admit) => {
    const found = get(name, admit);
    if (found === undefined || found instanceof Uint8Array) return found === undefined ? undefined : change(found);
    return found.then((bytes) => (bytes === undefined ? undefined : change(bytes)));
  });
}

function failing(error: unknown): Pick<Attack, "disguise"> {
  return bent(() => {
    throw error;
  });
}

const ILL: readonly Attack[] = [
  {
    row: 125,
    title: "the store fails",
    ...failing(new StoreError("cannot read: the disk is gone")),
    expect: "io-error",
  },
  {
    row: 125,
    title: "the store throws what is no error of ours",
    ...failing(new RangeError("out of memory")),
    expect: "io-error",
  },
  { row: 125, title: "the store throws nothing", ...failing(undefined), expect: "io-error" },
  {
    row: 125,
    title: "the store fails after it showed the head",
    ...bent((get, name, admit) => {
      const after = (): never => {
        throw new StoreError("cannot read: the connection is gone");
      };
      const found = get(name, admit);
      return found === undefined || found instanceof Uint8Array ? after() : found.then(after);
    }),
    expect: "io-error",
    behindHead: false,
  },
  {
    row: 91,
    title: "the store says that something else lies there",
    ...failing(new StoreError("a directory lies there", "not-a-regular-file")),
    expect: "not-a-regular-file",
  },
  {
    row: 104,
    title: "the entry goes between its head and its body",
    ...handedOut(() => undefined),
    expect: "io-error",
    behindHead: true,
  },
  {
    row: 104,
    title: "the entry is cut between its head and its body",
    ...handedOut((bytes) => bytes.subarray(0, -1)),
    expect: "truncated",
    behindHead: true,
  },
  {
    row: 104,
    title: "the entry grows between its head and its body",
    ...handedOut((bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    expect: "trailing-bytes",
    behindHead: true,
  },
  {
    row: 104,
    title: "the store shows no head",
    ...bent((get, name) => get(name)),
    expect: "absent",
  },
  {
    row: 104,
    title: "the store shows the sink another body than it hands out",
    ...bent((get, name, admit) =>
      get(name, (head, size) => {
        const verdict = admit?.(head, size) ?? true;
        if (typeof verdict !== "function") return verdict;
        return (chunk) => verdict(chunk.map((byte) => byte ^ 1));
      }),
    ),
    expect: "body-mismatch",
    behindHead: true,
  },
];

export const FAULTS: readonly AttackCase[] = inGroup("faults", [
  { row: 121, title: "there is no entry", alter: () => undefined, expect: "absent" },
  ...ILL.map((attack): Attack => ({ cure: "heal", ...attack })),
]);
