// @ts-check
// Times candidates in turn, A B C A B C, in one process, so that whatever slows the machine slows all of them. What is
// reported are the median and the 99th percentile of single calls; a ratio is that of two medians of the same run.
// Deliberately without a mean, and without a verdict: what a ratio must be is said in run.mjs.

/**
 * One way of doing a thing. `call` is given the number of the call; `round` times itself, for another program.
 * @typedef {object} Candidate
 * @property {string} name
 * @property {(i: number) => unknown} [call]
 * @property {boolean} [async] whether `call` is to be awaited
 * @property {(samples: number, batch: number) => Promise<number[]>} [round] microseconds of each sample
 * @property {string} [skipped] why it cannot be timed here
 */
/** @typedef {{ name: string, p50: number, p99: number, samples: number, skipped?: string }} Timing microseconds a call */

/** A sample is at least this long, so that reading the clock (0.05 µs) is no part of what is told. */
const SAMPLE_US = 5;

/**
 * @param {readonly Candidate[]} candidates
 * @param {{ rounds?: number, roundMs?: number, warmMs?: number }} [options]
 * @returns {Promise<Timing[]>}
 */
export async function compare(candidates, { rounds = 25, roundMs = 8, warmMs = 150 } = {}) {
  const timed = candidates
    .filter((candidate) => candidate.skipped === undefined)
    .map((candidate) => ({ candidate, samples: /** @type {number[]} */ ([]), calls: 0, batch: 1, perRound: 1 }));
  for (const state of timed) {
    const once = await warm(state, warmMs);
    state.batch = Math.max(1, Math.ceil(SAMPLE_US / once));
    state.perRound = Math.max(1, Math.min(2000, Math.round((roundMs * 1000) / (once * state.batch))));
  }
  for (let round = 0; round < rounds; round++) {
    // Turned by one each time: nobody always comes behind the same neighbour.
    for (let i = 0; i < timed.length; i++) {
      const state = timed[(i + round) % timed.length];
      if (state !== undefined) state.samples.push(...(await times(state, state.perRound, state.batch)));
    }
  }
  return candidates.map(({ name, skipped }) => {
    const samples = timed.find(({ candidate }) => candidate.name === name)?.samples ?? [];
    if (skipped !== undefined) return { name, p50: Number.NaN, p99: Number.NaN, samples: 0, skipped };
    return { name, p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), samples: samples.length };
  });
}

/** @typedef {{ candidate: Candidate, calls: number }} State */

/** @param {State} state @param {number} warmMs @returns {Promise<number>} microseconds a call, when warm */
async function warm(state, warmMs) {
  const until = performance.now() + warmMs;
  let last = await times(state, 1, 1);
  for (let samples = 1; performance.now() < until; samples = Math.min(samples * 2, 500)) {
    last = await times(state, samples, 1);
  }
  return Math.max(quantile(last, 0.5), 0.01);
}

/** @param {State} state @param {number} samples @param {number} batch @returns {Promise<number[]>} */
async function times(state, samples, batch) {
  const { call, round, async: waits = false } = state.candidate;
  if (round !== undefined) return round(samples, batch);
  if (call === undefined) throw new Error(`${state.candidate.name} has nothing to call`);
  const taken = new Array(samples);
  let i = state.calls;
  for (let sample = 0; sample < samples; sample++) {
    const start = performance.now();
    if (waits) for (let j = 0; j < batch; j++) await call(i++);
    else for (let j = 0; j < batch; j++) call(i++);
    taken[sample] = ((performance.now() - start) * 1000) / batch;
  }
  state.calls = i;
  return taken;
}

/** @param {readonly number[]} samples @param {number} part */
export function quantile(samples, part) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
