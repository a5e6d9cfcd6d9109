import { idle } from "./idle.ts";
import { bytesPerKey } from "./keys.ts";
import { timePerItem } from "./time.ts";
import { bytesPerWaitingItem } from "./waiting.ts";
import type { Study } from "../study.ts";

// For the process that has to end by itself.
export { leaveIdle } from "./idle.ts";

/** First what is timed: full collections, which weighing needs, throw away compiled code. */
export const studies: readonly Study[] = [timePerItem, bytesPerWaitingItem, bytesPerKey, idle];
