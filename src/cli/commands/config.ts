/** `fleche config`: the settings that hold here, each with where it came from. Never a key, only ids of keys. */
import type { Command } from "commander";
import type { CacheSettings } from "../../config/resolve.ts";
import { type Setting, type Source, sourceText } from "../../config/setting.ts";
import { BUILT_IN } from "../../config/table.ts";
import { defaultPlace } from "../../default-place.ts";
import { ConfigError } from "../../errors.ts";
import { findKeys } from "../../seal/key-source.ts";
import { TroubleFound, UsageError } from "../failure.ts";
import { type FormOptions, formOptions, type Line, writeLines } from "../output.ts";
import type { Session } from "../session.ts";
import { bytesText, durationText } from "../words.ts";

/** Adds the command. */
export function addConfig(program: Command, session: () => Session): void {
  const command = program
    .command("config")
    .description("show the settings that hold here, and where each came from")
    .argument("[name]", "of one cache only");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (name: string | undefined, options: FormOptions) => show(session(), name, options));
}

async function show(session: Session, name: string | undefined, options: FormOptions): Promise<void> {
  const { caches, files } = session.config();
  const { terminal, surroundings } = session;
  if (name !== undefined && !caches.has(name) && !BUILT_IN.includes(name)) {
    throw new UsageError(`no cache is called ${JSON.stringify(name)}`, "which there are: fleche config");
  }
  const keys = keysInUse(surroundings.env);
  const general = [
    lineOf("", "files", files.join(", ") || "none", "default"),
    lineOf("", "cache", session.chosen().value, sourceText(session.chosen().source)),
    lineOf("", "keys", keys.text, keys.source),
  ];
  const chosen = [...caches.values()].filter((cache) => name === undefined || cache.name === name);
  const lines = chosen.flatMap((cache) => settingLines(cache, session));
  await writeLines(terminal, options, name === undefined ? [...general, ...lines] : lines);
  if (keys.broken) throw new TroubleFound();
}

function settingLines({ name, kind, settings }: CacheSettings, { surroundings }: Session): Line[] {
  const lines = Array.from(settings, ([key, setting]) => {
    return lineOf(name, key, settingText(key, setting), sourceText(setting.source), setting);
  });
  if (kind !== "auto" || settings.has("path")) return lines;
  const place = defaultPlace(surroundings.cwd, surroundings.env);
  return [...lines, lineOf(name, "path", place, "default")];
}

function lineOf(cache: string, setting: string, text: string, from: string, found?: Setting): Line {
  const source: Source | string = found?.source ?? from;
  return {
    json: { cache: cache === "" ? null : cache, setting, value: found?.value ?? text, source },
    row: { cache, setting, value: text, from },
  };
}

function settingText(key: string, { value }: Setting): string {
  if (typeof value === "number" && key.endsWith("bytes")) return bytesText(value);
  if (typeof value === "number" && key === "max-age") return durationText(value);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Ids of the keys that the environment gives, or what is wrong with them. */
function keysInUse(env: Readonly<Record<string, string | undefined>>): {
  readonly text: string;
  readonly source: string;
  readonly broken: boolean;
} {
  const source = ["FLECHE_SECRET_KEY", "FLECHE_SECRET_KEY_FILE"].find((name) => env[name] !== undefined) ?? "default";
  try {
    const ring = findKeys({}, env);
    return { text: ring?.keyIds.join(", ") ?? "none: entries are not signed", source, broken: false };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { text: `cannot be used: ${error.message}`, source, broken: true };
  }
}
