import { parseArgs } from "node:util";
import { GROUP_NAMES, type GroupName, USUAL_GROUPS } from "./groups.ts";

export interface Arguments {
  readonly groups: readonly GroupName[];
  readonly smoke: boolean;
  readonly publish: boolean;
  readonly help: boolean;
}

export const HELP = `bench [group ...] [--smoke | --publish]

Groups: ${GROUP_NAMES.join(", ")}. None: all but soak, which takes ten minutes.
--smoke   checks the result of every case with few items and times nothing
--publish takes the figures over into the documents of the repository`;

/** The command line is not as HELP has it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => !isGroup(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot run the benchmarks: a group must be one of ${GROUP_NAMES.join(", ")}, got ${unknown}`);
  }
  const groups = positionals.filter(isGroup);
  // The check of a soak is as short as any.
  const usual = values.smoke ? GROUP_NAMES : USUAL_GROUPS;
  const { smoke, publish, help } = values;
  if (smoke && publish) throw new UsageError("Cannot publish: --smoke has no figures");
  return { groups: groups.length === 0 ? usual : groups, smoke, publish, help };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        smoke: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isGroup(name: string): name is GroupName {
  return (GROUP_NAMES as readonly string[]).includes(name);
}
