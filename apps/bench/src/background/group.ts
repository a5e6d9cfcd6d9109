import { burst, windows } from "./distinct.ts";
import { held, queued } from "./duplicates.ts";
import type { Case } from "../case.ts";

export const cases: readonly Case[] = [burst, windows, queued, held];
