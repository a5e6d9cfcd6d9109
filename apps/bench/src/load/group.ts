import { fairness } from "./fairness.ts";
import { faults } from "./faults.ts";
import { latency } from "./latency.ts";
import { overload } from "./overload.ts";
import type { Study } from "../study.ts";

export const studies: readonly Study[] = [latency, overload, fairness, faults];
