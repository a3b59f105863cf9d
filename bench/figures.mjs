// @ts-check
// The figures by name, in the order in which they run. One file each, in figures/.
import { digest } from "./figures/digest.mjs";
import { entries } from "./figures/entries.mjs";
import { hit } from "./figures/hit.mjs";
import { memory } from "./figures/memory.mjs";
import { miss } from "./figures/miss.mjs";
import { processes } from "./figures/processes.mjs";
import { sizes } from "./figures/sizes.mjs";
import { start } from "./figures/start.mjs";

export const FIGURES = { hit, miss, sizes, digest, entries, processes, start, memory };
