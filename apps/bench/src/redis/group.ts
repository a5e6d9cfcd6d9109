import type { Case } from "../case.ts";
import { duplicates, holdCase } from "./holds.ts";
import { leased, limitCase } from "./limits.ts";
import { hasRedis, WIDTHS } from "./stage.ts";

if (!hasRedis) console.error("redis: skipped. It needs redis-server in PATH (Debian: redis-server), or REDIS_URL.");

export const cases: readonly Case[] = hasRedis
  ? [...WIDTHS.map(holdCase), duplicates, ...WIDTHS.map(limitCase), leased]
  : [];
