import type { Case } from "./case.ts";
import { burst } from "./pool-burst.ts";
import { dispatch } from "./pool-dispatch.ts";
import { windows } from "./pool-windows.ts";

export const cases: readonly Case[] = [dispatch, burst, windows];
