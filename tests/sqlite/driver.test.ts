import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { afterEach, describe, expect, test, vi } from "vitest";
import { findDriver } from "../../src/store/sqlite/driver.ts";
import { databasePath } from "./folder.ts";

const path = databasePath();

vi.mock("node:module", async (original) => {
  const { createRequire: real, ...others } = await original<typeof import("node:module")>();
  return { ...others, createRequire: vi.fn(real) };
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.mocked(createRequire).mockReset();
});

/** A process without SQLite of its own, in which requiring the peer does this. */
function withPeer(load: () => unknown): void {
  vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
  vi.mocked(createRequire).mockReturnValue(load as unknown as NodeJS.Require);
}

/** A driver whose SQLite says that it is of this version. */
const ofVersion = (version: string) => ({
  DatabaseSync: class {
    prepare = () => ({ get: () => ({ version }) });
    close = vi.fn();
  },
});

describe("a driver", () => {
  test("that is not installed: what to install", () => {
    withPeer(() => {
      throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
    });
    expect(findDriver).toThrowError(
      expect.objectContaining({
        name: "ConfigError",
        message: `sqliteStore: Node ${process.versions.node} has no SQLite; use Node 22.13 or newer, or install the driver: npm install @photostructure/sqlite@1.2.1`,
      }),
    );
  });

  test("that cannot be loaded: why", () => {
    const cause = new Error("No native build was found");
    withPeer(() => {
      throw cause;
    });
    expect(findDriver).toThrowError(
      expect.objectContaining({ name: "ConfigError", cause, message: expect.stringContaining("cannot be loaded") }),
    );
  });

  test("that is something else", () => {
    withPeer(() => ({}));
    expect(findDriver).toThrowError(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining("has no DatabaseSync") }),
    );
  });

  test.each([
    ["3.42.9", false],
    ["2.99.0", false],
    ["3.43.0", true],
    ["4.0.0", true],
  ])("with SQLite %s: %s", (version, isEnough) => {
    withPeer(() => ofVersion(version));
    const opening = expect(() => findDriver().open("x"));
    if (isEnough) opening.not.toThrow();
    else
      opening.toThrowError(expect.objectContaining({ message: expect.stringContaining(`this driver has ${version}`) }));
  });

  test("is loaded without a word on standard error", () => {
    const script = `
      import { sqliteStore } from ${JSON.stringify(new URL("../../dist/sqlite.js", import.meta.url).href)};
      const { emitWarning } = process;
      const store = sqliteStore({ path: process.argv[1] });
      store.close();
      if (process.emitWarning !== emitWarning) throw new Error("emitWarning was not put back");
    `;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, path()], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
