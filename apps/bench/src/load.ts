import { latency } from "./load-latency.ts";
import { overload } from "./load-overload.ts";
import type { Study } from "./study.ts";

export const studies: readonly Study[] = [latency, overload];
