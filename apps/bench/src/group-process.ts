import { fork } from "node:child_process";
import { join } from "node:path";
import type { GroupName } from "./groups.ts";
import { BUNDLE } from "./prepare.ts";
import type { GroupResult } from "./results.ts";

/** Collections on demand, which do not throw away the code of functions that rest for a while. */
const NODE_FLAGS = ["--expose-gc", "--no-flush-bytecode"];

/** Runs a group in a process of its own, and hands on results as they come. Resolves with whether it came to its end. */
export function runGroup(
  group: GroupName,
  mode: "check" | "time",
  onResults: (results: GroupResult) => void,
): Promise<boolean> {
  const child = fork(join(BUNDLE, "child.js"), [group, mode], { execArgv: NODE_FLAGS, env: plainEnvironment() });
  child.on("message", (message) => onResults(message as GroupResult));
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

/** Without options that would load something else, or lead imports to the sources. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: "" };
}
