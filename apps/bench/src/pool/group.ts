import type { Case } from "../case.ts";
import { burst } from "./burst.ts";
import { dispatch } from "./dispatch.ts";
import { windows } from "./windows.ts";

export const cases: readonly Case[] = [dispatch, burst, windows];
