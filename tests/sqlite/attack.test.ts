import { test } from "vitest";
import { ATTACKED } from "../attack/stores.ts";

ATTACKED.SQLite?.(test);
