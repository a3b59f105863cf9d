import { test } from "vitest";
import { ATTACKED } from "./stores.ts";

ATTACKED.files?.(test);
