/**
 * Which entries are linked to which, for as many as a cache holds: about twenty bytes a link, where maps of texts would
 * take hundreds. Only the first 32 bits of a name are compared, so a look-up may give too much; who asks looks again.
 */

/** Names of entries by number. */
export interface Names {
  add(name: string): number;
  at(index: number): string;
}

/** Links from names to the numbers of others. */
export interface Links {
  add(from: string, to: number): void;
  /** All that this name is linked to, and perhaps more. */
  from(name: string): number[];
}

const NAME_BYTES = 32;

/** No names yet. */
export function startNames(): Names {
  let bytes = Buffer.alloc(1024 * NAME_BYTES);
  let count = 0;
  return {
    add(name) {
      const at = count * NAME_BYTES;
      if (at === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
      bytes.write(name, at, NAME_BYTES, "hex");
      return count++;
    },
    at: (index) => bytes.toString("hex", index * NAME_BYTES, (index + 1) * NAME_BYTES),
  };
}

/** No links yet: chains in a table of as many places as there is room for links. */
export function startLinks(): Links {
  let count = 0;
  let keys = new Uint32Array(1024);
  let targets = new Uint32Array(1024);
  let nexts = new Int32Array(1024);
  let heads = new Int32Array(1024).fill(-1);
  const enchain = (link: number): void => {
    // The length is a power of two, and digests are even.
    const place = (keys[link] as number) & (heads.length - 1);
    nexts[link] = heads[place] as number;
    heads[place] = link;
  };
  const grow = (): void => {
    const size = keys.length * 2;
    keys = resized(keys, new Uint32Array(size));
    targets = resized(targets, new Uint32Array(size));
    nexts = new Int32Array(size);
    heads = new Int32Array(size).fill(-1);
    for (let link = 0; link < count; link++) enchain(link);
  };
  return {
    add(from, to) {
      if (count === keys.length) grow();
      keys[count] = keyOf(from);
      targets[count] = to;
      enchain(count++);
    },
    from(name) {
      const key = keyOf(name);
      const found: number[] = [];
      for (let link = heads[key & (heads.length - 1)] as number; link !== -1; link = nexts[link] as number) {
        if (keys[link] === key) found.push(targets[link] as number);
      }
      return found;
    },
  };
}

function resized<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

function keyOf(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16);
}
