/** What TypeScript runners and bundlers make of a source, with the Vite that runs these tests. */
import { build, type EsbuildTransformOptions, transformWithEsbuild } from "vite";

/** One file, as esbuild transforms it. */
export async function transform(text: string, options: EsbuildTransformOptions): Promise<string> {
  const { code } = await transformWithEsbuild(text, "source.ts", { sourcemap: false, ...options });
  return code;
}

/** An entry with all that it imports, written to `<folder>/<name>`. */
export async function bundle(entry: string, folder: string, name: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: "silent",
    publicDir: false,
    ssr: { noExternal: true },
    build: { ssr: entry, outDir: folder, emptyOutDir: false, rollupOptions: { output: { entryFileNames: name } } },
  });
}
