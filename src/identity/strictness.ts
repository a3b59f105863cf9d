/** Whether the script around a function is sloppy code, which V8 shows of plain functions only. */
import type { Location } from "./inspector.ts";
import { surroundings } from "./surroundings.ts";

/** The text of a script that is neither a module nor begins with "use strict"; `undefined` for strict ones. */
export function sloppyScript({ script }: Location): string | undefined {
  const scripts = surroundings().inspector?.scripts;
  if (scripts === undefined || scripts.isModule(script)) return undefined;
  const text = scripts.textOf(script);
  return /^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*(["'])use strict\1/.test(text) ? undefined : text;
}
