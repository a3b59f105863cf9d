// @ts-check
// Puts one entry under the umask that is given: root, umask, name.
import { fileStore } from "../../dist/index.js";

const [, , root = "", umask = "", name = ""] = process.argv;
process.umask(Number.parseInt(umask, 8));
fileStore({ root }).blobs.put(name, Buffer.from("bytes"));
