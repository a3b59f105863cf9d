/**
 * Goes from a value or a call to what it was made from, or to what was made of it, level by level. Each candidate is
 * opened, verified and checked before it counts. A call that gave back what it was passed makes a circle: nothing is
 * visited twice.
 */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { recordOrRefusal } from "./found-calls.ts";
import { glimpse, oneLine, shownDigest, shownValue } from "./glimpse.ts";
import type { CallNode, GrowingGraph, LineageEdge, LineageNode, ValueNode } from "./lineage-graph.ts";
import type { PartsOf, RecordLinks } from "./record-links.ts";
import { isSmall } from "./small-value.ts";
import { argumentTexts } from "./table.ts";

/** What a walk goes over. */
export interface Walking {
  readonly calls: CallCache;
  readonly links: RecordLinks;
  readonly partsOf: PartsOf;
  readonly graph: GrowingGraph;
  /** How many calls far. */
  readonly depth: number;
}

/** What lies one step further: the node, and how it is connected. */
interface Step {
  readonly node: LineageNode;
  readonly edge: LineageEdge;
}

/** Adds to the graph what can be reached from its node `start`. */
export function* walk(walking: Walking, start: LineageNode, direction: "up" | "down"): Flow<void> {
  const { graph, depth } = walking;
  const visited = new Set([start.id]);
  let level = [start];
  for (let walked = 0; level.length > 0; walked++) {
    const next: LineageNode[] = [];
    const further = walked < depth;
    // Grows while it is gone through: a value is as near as the call that it belongs to.
    for (const node of level) {
      const found = yield* direction === "up"
        ? causes(walking, node, further)
        : effects(walking, node, further, node === start);
      for (const steps of found) {
        for (const step of yield* steps) {
          if (!graph.nodes.has(step.node.id) && !graph.add(step.node)) return;
          graph.connect(step.edge);
          if (visited.has(step.node.id)) continue;
          visited.add(step.node.id);
          (step.node.kind === "call" ? next : level).push(step.node);
        }
      }
    }
    level = next;
  }
}

/** Flows that are run one by one, so that nothing is opened beyond what there is room for. */
type Steps = readonly Flow<readonly Step[]>[];

function* causes(walking: Walking, node: LineageNode, further: boolean): Flow<Steps> {
  const { links } = walking;
  if (node.kind === "value") {
    const makers = further ? yield* links.madeBy(node.id) : [];
    return [...makers.map((key) => maker(walking, key, node)), parts(walking, node)];
  }
  const inner = further ? yield* links.madeInside(node.id) : [];
  return [
    ...node.arguments.map(([name, digest]) => passed(walking, name, digest, node)),
    ...inner.map((key) => nested(walking, key, node)),
  ];
}

function* effects(walking: Walking, node: LineageNode, further: boolean, isStart: boolean): Flow<Steps> {
  const { links } = walking;
  if (node.kind === "call") {
    const outer = further && node.parent !== null ? [around(walking, node, node.parent)] : [];
    return [given(walking, node), ...outer];
  }
  const users = further ? yield* links.usedBy(node.id) : [];
  const holders = yield* links.heldBy(node.id);
  // The call that made the value may be a step of a larger one, which is then made of it too.
  const makers = isStart && further ? yield* links.madeBy(node.id) : [];
  return [
    ...users.map((key) => uses(walking, key, node)),
    ...holders.map((digest) => holder(walking, digest, node)),
    ...makers.map((key) => maker(walking, key, node)),
  ];
}

function* maker(walking: Walking, lookupKey: string, value: ValueNode): Flow<Step[]> {
  const node = yield* callNode(walking, lookupKey);
  if (node === undefined || node.result !== value.id) return [];
  return [{ node, edge: { from: node.id, to: value.id, role: "result" } }];
}

function* parts(walking: Walking, value: ValueNode): Flow<Step[]> {
  const steps: Step[] = [];
  for (const part of yield* walking.partsOf(value.id)) {
    const node = yield* tellingValue(walking, part);
    if (node !== undefined) steps.push({ node, edge: { from: part, to: value.id, role: "part" } });
  }
  return steps;
}

function* passed(walking: Walking, name: string, digest: string, call: CallNode): Flow<Step[]> {
  const node = yield* tellingValue(walking, digest);
  return node === undefined ? [] : [{ node, edge: { from: digest, to: call.id, role: "argument", name } }];
}

function* nested(walking: Walking, lookupKey: string, call: CallNode): Flow<Step[]> {
  const node = yield* callNode(walking, lookupKey);
  if (node === undefined || node.parent !== call.id) return [];
  return [{ node, edge: { from: node.id, to: call.id, role: "nested" } }];
}

/** A value may be passed to one call under two names. */
function* uses(walking: Walking, lookupKey: string, value: ValueNode): Flow<Step[]> {
  const node = yield* callNode(walking, lookupKey);
  if (node === undefined) return [];
  return node.arguments
    .filter(([, digest]) => digest === value.id)
    .map(([name, digest]) => ({ node, edge: { from: digest, to: node.id, role: "argument", name } }));
}

function* holder(walking: Walking, digest: string, part: ValueNode): Flow<Step[]> {
  if (!(yield* walking.partsOf(digest)).includes(part.id)) return [];
  const node = yield* tellingValue(walking, digest);
  return node === undefined ? [] : [{ node, edge: { from: part.id, to: digest, role: "part" } }];
}

function* given(walking: Walking, call: CallNode): Flow<Step[]> {
  const node = yield* tellingValue(walking, call.result);
  return node === undefined ? [] : [{ node, edge: { from: call.id, to: node.id, role: "result" } }];
}

function* around(walking: Walking, call: CallNode, parent: string): Flow<Step[]> {
  const node = yield* callNode(walking, parent);
  return node === undefined ? [] : [{ node, edge: { from: call.id, to: node.id, role: "nested" } }];
}

/** The call, if its record is sound. */
export function* callNode({ calls, graph }: Walking, lookupKey: string): Flow<CallNode | undefined> {
  const there = graph.nodes.get(lookupKey);
  if (there !== undefined) return there.kind === "call" ? there : undefined;
  const found = yield* recordOrRefusal(calls, lookupKey);
  if (found.refused !== undefined) return undefined;
  const { record } = found;
  const { name, module, version, startedMs, durationMs, tags, result, parent } = record;
  const text = `${oneLine(name)}(${yield* argumentTexts(calls, record.arguments)})`;
  return {
    ...{ kind: "call", id: lookupKey, text, name, module, version, startedMs, durationMs, tags },
    ...{ arguments: record.arguments, result, parent },
  };
}

/** The value, whatever it is, and whether it is small. */
export function* valueNode({ calls }: Walking, digest: string): Flow<{ node: ValueNode; small: boolean }> {
  const seen = yield* glimpse(calls, digest);
  const text = seen.seen ? shownValue(seen.value, 60) : shownDigest(digest);
  return { node: { kind: "value", id: digest, text }, small: seen.seen && isSmall(seen.value) };
}

/** The value, if it says something about where it comes from. */
function* tellingValue(walking: Walking, digest: string): Flow<ValueNode | undefined> {
  const there = walking.graph.nodes.get(digest);
  if (there !== undefined) return there.kind === "value" ? there : undefined;
  const { node, small } = yield* valueNode(walking, digest);
  return small ? undefined : node;
}
