import type { Case } from "./case.ts";
import { elgopherCases } from "./originals-elgopher.ts";
import { gadgetCases } from "./originals-gadget.ts";
import { luciCases } from "./originals-luci.ts";
import { vtexCases } from "./originals-vtex.ts";
import { hasRedis } from "./redis-stage.ts";

// Ours against the packages in Go that they come from: the program in `go`, on all cores.

if (!hasRedis) console.error("originals: vtex's jobs are skipped. They need redis-server in PATH, or REDIS_URL.");

export const cases: readonly Case[] = [...luciCases, ...elgopherCases, ...gadgetCases, ...(hasRedis ? vtexCases : [])];
