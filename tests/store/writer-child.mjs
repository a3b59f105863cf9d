// @ts-check
// Writes whole entries over and over until it is killed: root, name of the writer, names of entries.
import { fileStore } from "../../dist/index.js";

const [, , root = "", writer = "", ...names] = process.argv;
const store = fileStore({ root });
process.stdout.write("ready\n");
for (let i = 0; ; i++) {
  // A number and as many bytes of it as it says: torn or mixed, it cannot look whole.
  const fill = (Number(writer) * 31 + i) % 256;
  const bytes = Buffer.alloc(4 + 4096 + ((i * 7919) % 60_000), fill);
  bytes.writeUInt32BE(bytes.length, 0);
  for (const name of names) store.blobs.put(name, bytes);
}
