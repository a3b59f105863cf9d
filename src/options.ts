/** Options come from people: an unknown name is an error with a suggestion, never ignored. */
import { invalidArgument } from "./errors.ts";
import { suggest } from "./observe/suggest.ts";

/** Throws a `TypeError` for options that are no object, or have a name that is not known. */
export function assertOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw invalidArgument(
      `${where}: the options must be an object; found ${options === null ? "null" : typeof options}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    const hint = near === undefined ? `known are: ${known.join(", ")}` : `did you mean "${near}"?`;
    throw invalidArgument(`${where}: unknown option "${name}"; ${hint}`);
  }
}
