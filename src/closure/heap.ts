/**
 * Which variables functions share, told exactly: V8's snapshot of the heap shows the contexts around each function. It
 * costs a few tenths of a second, so it is asked only where nothing cheaper can tell. Reads no value of the heap.
 */

/** A process that holds more than this is not looked through: it would take seconds, and as much memory again. */
const MOST_BYTES = 1024 ** 3;

/** Names of the probe's edges. */
const STEM = "fleche probe ";

/** The contexts around each function, from the inside, as numbers that are equal for one context; `undefined` where it cannot be told. */
export function contextsAround(functions: readonly object[]): readonly (readonly number[])[] | undefined {
  if (process.memoryUsage().heapUsed > MOST_BYTES) return undefined;
  // Nothing else in the heap has properties of these names.
  const probe = Object.fromEntries(functions.map((fn, i) => [`${STEM}${i}`, fn]));
  const snapshot = takeSnapshot();
  const contexts = snapshot === undefined ? undefined : readContexts(snapshot, functions.length);
  // Alive until here.
  return Object.keys(probe).length === functions.length ? contexts : undefined;
}

interface Snapshot {
  readonly snapshot: { readonly meta: { node_fields: string[]; edge_fields: string[]; edge_types: [string[]] } };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

function takeSnapshot(): Snapshot | undefined {
  try {
    const stream = process.getBuiltinModule("node:v8").getHeapSnapshot();
    const chunks: Buffer[] = [];
    // All of it is there at once: V8 writes it when it is first asked.
    for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read()) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as Snapshot;
  } catch {
    // Another runtime, or one that does not allow it.
    return undefined;
  }
}

function readContexts(
  { snapshot: { meta }, nodes, edges, strings }: Snapshot,
  count: number,
): readonly (readonly number[])[] | undefined {
  const width = meta.node_fields.length;
  const edgeWidth = meta.edge_fields.length;
  const edgeCount = meta.node_fields.indexOf("edge_count");
  const named = new Set(["context", "internal", "property"].map((type) => meta.edge_types[0].indexOf(type)));
  const firstEdge = new Map<number, number>();
  const functions = new Map<string, number>();
  const found = Array.from({ length: count }, (_, i) => `${STEM}${i}`);
  const wanted = new Set(found);
  for (let node = 0, edge = 0; node < nodes.length; node += width) {
    firstEdge.set(node, edge);
    for (const end = edge + (nodes[node + edgeCount] as number) * edgeWidth; edge < end; edge += edgeWidth) {
      if (!named.has(edges[edge] as number)) continue;
      const name = strings[edges[edge + 1] as number] as string;
      if (wanted.has(name)) functions.set(name, edges[edge + 2] as number);
    }
  }
  const follow = (node: number, name: string): number | undefined => {
    const start = firstEdge.get(node) as number;
    for (let i = 0; i < (nodes[node + edgeCount] as number); i++) {
      const edge = start + i * edgeWidth;
      // The internal ones: a variable may be called "previous".
      if (meta.edge_types[0][edges[edge] as number] !== "internal") continue;
      if (strings[edges[edge + 1] as number] === name) return edges[edge + 2];
    }
    return undefined;
  };
  const chains = found.map((name) => {
    const chain: number[] = [];
    const fn = functions.get(name);
    let context = fn === undefined ? undefined : follow(fn, "context");
    for (; context !== undefined && !chain.includes(context); context = follow(context, "previous"))
      chain.push(context);
    return chain;
  });
  return chains.every((chain) => chain.length > 0) ? chains : undefined;
}
