import type { Case } from "../case.ts";
import { elgopherCases } from "./elgopher.ts";
import { gadgetCases } from "./gadget.ts";
import { luciCases } from "./luci.ts";
import { vtexCases } from "./vtex.ts";
import { hasRedis } from "../redis/stage.ts";

// Ours against the packages in Go that they come from: the program in `go`, on all cores.

if (!hasRedis) console.error("originals: vtex's jobs are skipped. They need redis-server in PATH, or REDIS_URL.");

export const cases: readonly Case[] = [...luciCases, ...elgopherCases, ...gadgetCases, ...(hasRedis ? vtexCases : [])];
