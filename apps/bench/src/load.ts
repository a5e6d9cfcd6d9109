import { fairness } from "./load-fairness.ts";
import { faults } from "./load-faults.ts";
import { latency } from "./load-latency.ts";
import { overload } from "./load-overload.ts";
import type { Study } from "./study.ts";

export const studies: readonly Study[] = [latency, overload, fairness, faults];
