// @ts-check
// Import cycles of a graph of files, for check-layers.mjs. Knows nothing of layers.

/**
 * Cycles of the graph, each the shortest through its first file, until every file that lies on one is named.
 * @param {Map<string, Map<string, number>>} graph
 * @returns {string[][]}
 */
export function cyclesOf(graph) {
  /** @type {string[][]} */
  const cycles = [];
  const done = new Set();
  for (const start of graph.keys()) {
    if (done.has(start)) continue;
    /** @type {Map<string, string>} */
    const cameFrom = new Map();
    const queue = [start];
    for (const file of queue) {
      for (const target of graph.get(file)?.keys() ?? []) {
        if (cameFrom.has(target) || !graph.has(target)) continue;
        cameFrom.set(target, file);
        queue.push(target);
      }
    }
    if (!cameFrom.has(start)) continue;
    const cycle = [start];
    for (let at = cameFrom.get(start); at !== undefined && at !== start; at = cameFrom.get(at)) cycle.splice(1, 0, at);
    for (const file of cycle) done.add(file);
    cycles.push(cycle);
  }
  return cycles;
}
