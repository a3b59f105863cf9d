/** A lineage as an indented text: what it was made from, then what was made of it. For programs there is the graph. */
import { oneLine, shownDigest } from "./glimpse.ts";
import type { LineageEdge, LineageGraph, LineageNode } from "./lineage-graph.ts";
import { isoText } from "./table.ts";

/** Nobody reads more lines, or follows more levels. */
const MOST_LINES = 500;
const MOST_LEVELS = 40;

/** The text, lines ended by newlines. */
export function lineageText(graph: LineageGraph): string {
  const { start, nodes, edges, truncated } = graph;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const first = byId.get(start);
  if (first === undefined) return "";
  const lines = [described(first)];
  let cut = truncated;
  const room = (level: number): boolean => lines.length < MOST_LINES && level <= MOST_LEVELS;
  const tree = (starts: readonly string[], direction: "up" | "down"): void => {
    const [near, far] = direction === "up" ? (["to", "from"] as const) : (["from", "to"] as const);
    const ends = edgesBy(edges, near);
    const shown = new Set(starts);
    const branch = (id: string, level: number): void => {
      for (const edge of ends.get(id) ?? []) {
        const other = byId.get(edge[far]);
        if (other === undefined || (level === 1 && starts.includes(other.id))) continue;
        if (!room(level)) {
          cut = true;
          return;
        }
        const again = shown.has(other.id);
        lines.push(`${"  ".repeat(level)}${said(edge, direction)} ${described(other)}${again ? " (see above)" : ""}`);
        if (again) continue;
        shown.add(other.id);
        branch(other.id, level + 1);
      }
    };
    for (const id of starts) branch(id, 1);
  };
  tree([start], "up");
  // What was called around the call that made a value was made of that value too.
  const makers = edges.filter(({ to, role }) => to === start && role === "result").map(({ from }) => from);
  tree([start, ...makers], "down");
  if (lines.length === 1) lines.push("  no call that is known made it or used it");
  if (cut)
    lines.push(`  … there is more: ${nodes.length} calls and values are in the graph${truncated ? " of many" : ""}`);
  return `${lines.join("\n")}\n`;
}

function edgesBy(edges: readonly LineageEdge[], end: "from" | "to"): Map<string, LineageEdge[]> {
  const by = new Map<string, LineageEdge[]>();
  for (const edge of edges) {
    const list = by.get(edge[end]);
    if (list === undefined) by.set(edge[end], [edge]);
    else list.push(edge);
  }
  return by;
}

const UP = { result: "made by", argument: "from", nested: "which called", part: "holding" } as const;
const DOWN = { result: "giving", argument: "used by", nested: "within", part: "part of" } as const;

function said({ role, name }: LineageEdge, direction: "up" | "down"): string {
  const named = name === undefined ? "" : direction === "up" ? ` ${oneLine(name)}:` : ` (${oneLine(name)})`;
  return `${(direction === "up" ? UP : DOWN)[role]}${named}`;
}

function described(node: LineageNode): string {
  if (node.kind === "call") return `${node.text}, ${isoText(node.startedMs)}, call ${node.id.slice(0, 12)}`;
  const digest = shownDigest(node.id);
  return node.text === digest ? digest : `${digest} ${node.text}`;
}
