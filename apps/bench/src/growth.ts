import { idle } from "./growth-idle.ts";
import { bytesPerKey } from "./growth-keys.ts";
import { timePerItem } from "./growth-time.ts";
import { bytesPerWaitingItem } from "./growth-waiting.ts";
import type { Study } from "./study.ts";

// For the process that has to end by itself.
export { leaveIdle } from "./growth-idle.ts";

/** First what is timed: full collections, which weighing needs, throw away compiled code. */
export const studies: readonly Study[] = [timePerItem, bytesPerWaitingItem, bytesPerKey, idle];
