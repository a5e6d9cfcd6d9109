import type { GroupName } from "./groups.ts";

/** What the README of the repository shows, and in which words. */
export interface Headline {
  readonly group: GroupName;
  /** The name of the case. */
  readonly name: string;
  readonly job: string;
}

export const HEADLINES: readonly Headline[] = [];
