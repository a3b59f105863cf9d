/** The documents of the project as data: files, code blocks, links, headings. No rendering. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The project's directory. */
export const ROOT = join(import.meta.dirname, "../..");

/** A piece of TypeScript that a reader may paste. */
export interface Snippet {
  /** Where it stands: `README.md:12`. */
  readonly place: string;
  readonly text: string;
}

/** Paths of all documents, from the project's directory. */
export function documents(): string[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  return [...atRoot, ...below].sort();
}

/** The text of a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Paths of all sources, from the project's directory. */
export function sources(): string[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name.replaceAll("\\", "/")}`)
    .sort();
}

/** The `ts` blocks of a document. */
export function snippetsOf(path: string): Snippet[] {
  return blocks(path, textOf(path).split("\n"));
}

/** The `ts` blocks of the doc comments of a source file. */
export function examplesOf(path: string): Snippet[] {
  // What is no line of a doc comment is emptied, so that line numbers stay.
  const lines = textOf(path)
    .split("\n")
    .map((line) => /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? "");
  return blocks(path, lines);
}

function blocks(path: string, lines: readonly string[]): Snippet[] {
  const found: Snippet[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]?.trim() !== "```ts") continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === "```");
    if (end === -1) throw new Error(`${path}:${i + 1}: a code block without an end`);
    found.push({ place: `${path}:${i + 2}`, text: `${lines.slice(i + 1, end).join("\n")}\n` });
    i = end;
  }
  return found;
}

/** The text of a document without its code. */
function prose(path: string): string {
  return textOf(path)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

/** The links of a document that lead to other files of the project or within it, as they are written. */
export function localLinks(path: string): string[] {
  const targets = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Where a link leads: a path from the project's directory, and the heading in it, if it names one. */
export function resolveLink(from: string, link: string): { path: string; heading: string | undefined } {
  const [file = "", heading] = link.split("#");
  return { path: file === "" ? from : relative(ROOT, join(ROOT, dirname(from), file)), heading };
}

/** The names that the headings of a document can be linked by. */
export function headingsOf(path: string): string[] {
  const lines = textOf(path)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .split("\n");
  return lines.flatMap((line) => {
    const text = /^#+ (.*)$/.exec(line)?.[1];
    if (text === undefined) return [];
    return [
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ];
  });
}
