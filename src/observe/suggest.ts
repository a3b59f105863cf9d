/**
 * "Did you mean …?": the known word nearest to a misspelt one, for messages about option and parameter names.
 * Only for text shown to people: nothing may act on a guess.
 */

/** Above this length words are not compared: nobody misspells a name that long, and the table grows with its square. */
const LONGEST = 64;

/** The known word that `word` is most likely a misspelling of, or `undefined` where none is near. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const lower = word.toLowerCase();
  // A third of the letters may be wrong, at least one: "stpes" is "steps", but "x" is not "y".
  let nearest = Math.max(1, Math.floor(word.length / 3)) + 1;
  let found: string | undefined;
  for (const candidate of known) {
    if (candidate.length > LONGEST) continue;
    const distance = edits(lower, candidate.toLowerCase());
    if (distance < nearest && distance < candidate.length) {
      nearest = distance;
      found = candidate;
    }
  }
  return found;
}

/** The end of a message about an unknown word: `; did you mean "steps"?`, or nothing where no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = suggest(word, known);
  return nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
}

/** How many letters are to be changed, added, dropped or swapped with their neighbour (restricted Damerau–Levenshtein). */
function edits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (last[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(changed, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] as number) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] as number;
}
