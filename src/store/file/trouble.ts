/** What a failed file-system call means to a store: nothing there, something else there, or trouble. */
import { StoreError } from "../../errors.ts";
import { codeOf, messageOf } from "./system.ts";

/** Whether a call failed because nothing lies there. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** The error of a store that could not do this. */
export function asStoreError(error: unknown, act: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(`cannot ${act} ${path}: ${messageOf(error)}`, "io-error", { cause: error });
}

/** Something else lies where a directory of ours should. */
export function notDirectory(path: string): StoreError {
  return new StoreError(`${path} is not a directory`, "not-a-regular-file");
}

/** Something else lies where an entry should. */
export function notRegular(path: string): StoreError {
  return new StoreError(`${path} is not a regular file`, "not-a-regular-file");
}
