import { defineTasks } from "@disp/worker-pool/threads";

// What a thread of ours does.

export const tasks = defineTasks({
  echo(value: unknown) {
    return value;
  },
});
