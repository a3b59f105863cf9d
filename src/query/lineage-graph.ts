/** What a lineage consists of: plain data, calls and values with the ways from one to the other. */

/** A value that was passed or came out. */
export interface ValueNode {
  readonly kind: "value";
  /** Its digest. */
  readonly id: string;
  /** As people see it; the beginning of its digest where it is large or gone. */
  readonly text: string;
}

/** A call that was remembered. */
export interface CallNode {
  readonly kind: "call";
  /** Its lookup key. */
  readonly id: string;
  /** `train(data: <3f9c12ab…>, epochs: 5)`. */
  readonly text: string;
  readonly name: string;
  readonly module: string | null;
  readonly version: string | number | null;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly tags: readonly string[];
  /** Names and digests, also of the small values that are no nodes. */
  readonly arguments: readonly (readonly [name: string, digest: string])[];
  /** Digest of the result. */
  readonly result: string;
  /** Lookup key of the call that made this one. */
  readonly parent: string | null;
}

/** A call or a value. */
export type LineageNode = ValueNode | CallNode;

/** A way from cause to effect. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  /**
   * `argument`: a value was passed to a call; `result`: a call gave a value; `nested`: a call was made by another, which
   * it is a cause of; `part`: a value is a part of another.
   */
  readonly role: "argument" | "result" | "nested" | "part";
  /** The argument's name. */
  readonly name?: string;
}

/** Calls and values that are connected. */
export interface LineageGraph {
  /** The digest, or the lookup key, that was asked about. */
  readonly start: string;
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Whether there is more than was asked for. */
  readonly truncated: boolean;
}

/** A graph that grows, up to a number of nodes. */
export interface GrowingGraph {
  readonly nodes: ReadonlyMap<string, LineageNode>;
  /** Whether there was room. */
  add(node: LineageNode): boolean;
  /** Adds an edge once. */
  connect(edge: LineageEdge): void;
  readonly edges: () => LineageEdge[];
  truncated(): boolean;
}

/** An empty graph. */
export function startGraph(limit: number): GrowingGraph {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, LineageEdge>();
  let truncated = false;
  return {
    nodes,
    add(node) {
      if (nodes.size >= limit) {
        truncated = true;
        return false;
      }
      nodes.set(node.id, node);
      return true;
    },
    connect(edge) {
      edges.set(JSON.stringify([edge.from, edge.to, edge.role, edge.name ?? ""]), edge);
    },
    edges: () => [...edges.values()],
    truncated: () => truncated,
  };
}
