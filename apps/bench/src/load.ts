import { latency } from "./load-latency.ts";
import type { Study } from "./study.ts";

export const studies: readonly Study[] = [latency];
