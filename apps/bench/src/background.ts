import { burst, windows } from "./background-distinct.ts";
import { held, queued } from "./background-duplicates.ts";
import type { Case } from "./case.ts";

export const cases: readonly Case[] = [burst, windows, queued, held];
