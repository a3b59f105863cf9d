import { test } from "vitest";
import { attackKeys } from "../../src/testing/attack/keys.ts";

attackKeys({ test });
