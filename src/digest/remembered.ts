/**
 * The digests of scalars that were met lately: keys of objects, small numbers, flags and names come again and again, and
 * a table costs 0.03 µs where a hash costs 0.5. Digests of scalars say nothing that the scalars do not, so what is kept
 * between calls changes no result. The same for pairs of digests, as arguments are. Tables of fixed size for a process; a newcomer takes the place of whoever has it.
 */

/** A power of two. A table of so many takes 100 KB when it is full. */
const PLACES = 1024;

/** V8 keeps longer parts of a text as a view of the whole, which the table would keep alive. */
const LONGEST_TEXT = 12;

const texts: (string | undefined)[] = new Array(PLACES).fill(undefined);
const textDigests: string[] = new Array(PLACES).fill("");

/** The digest of a text, as `hash` computes it. */
export function rememberedText(text: string, hash: (text: string) => string): string {
  const { length } = text;
  if (length > LONGEST_TEXT || length === 0) return hash(text);
  // Texts that are counted up differ at the end, keys at the beginning.
  const first = text.charCodeAt(0);
  const spread = text.charCodeAt(length - 1) * 31 + text.charCodeAt(length >> 1) * 1_009 + first * 131 + length * 17;
  const place = (spread + (text.charCodeAt(length - 2) | 0) * 311) & (PLACES - 1);
  if (texts[place] === text) return textDigests[place] as string;
  const digest = hash(text);
  texts[place] = text;
  textDigests[place] = digest;
  return digest;
}

const numbers = new Float64Array(PLACES).fill(Number.NaN);
const numberDigests: string[] = new Array(PLACES).fill("");
const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** The digest of a number that is neither NaN nor -0, as `hash` computes it. */
export function rememberedNumber(value: number, hash: (value: number) => string): string {
  // Both words of its bits: whole numbers differ in the upper one, fractions in the lower one too.
  bits[0] = value;
  const low = words[0] as number;
  const high = words[1] as number;
  const mixed = Math.imul(low ^ (high >>> 7) ^ (high << 3), 0x9e3779b1);
  const place = mixed >>> 22;
  if (numbers[place] === value) return numberDigests[place] as string;
  const digest = hash(value);
  numbers[place] = value;
  numberDigests[place] = digest;
  return digest;
}

const pairNames: string[] = new Array(PLACES).fill("");
const pairValues: string[] = new Array(PLACES).fill("");
const pairDigests: string[] = new Array(PLACES).fill("");

/** The digest of an argument's name and value, given by theirs, as `hash` computes it. */
export function rememberedPair(name: string, value: string, hash: (pair: [string, string]) => string): string {
  // Digests are spread evenly: any ten bits will do. Four of the name's, as many arguments have the same value.
  const bits =
    (value.charCodeAt(0) << 10) ^ (value.charCodeAt(2) << 6) ^ (value.charCodeAt(4) << 3) ^ value.charCodeAt(6);
  const place = (bits ^ (name.charCodeAt(0) << 2) ^ name.charCodeAt(2)) & (PLACES - 1);
  // Digests of what is remembered are the same texts, which are compared by where they lie.
  if (pairValues[place] === value && pairNames[place] === name) return pairDigests[place] as string;
  const digest = hash([name, value]);
  pairNames[place] = name;
  pairValues[place] = value;
  pairDigests[place] = digest;
  return digest;
}
