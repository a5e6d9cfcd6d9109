/** Ctrl-C under a package manager arrives twice: from the terminal, and handed on by the package manager. */
const SAME_KEY_PRESS_MS = 100;

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first SIGINT or SIGTERM aborts the signal; the second ends the process at once. */
export function onSignals(process: Pick<NodeJS.Process, "on" | "exit">): AbortSignal {
  const controller = new AbortController();
  let first: { name: string; at: number } | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const at = performance.now();
      if (first === undefined) {
        first = { name, at };
        controller.abort(name);
      } else if (name !== first.name || at - first.at > SAME_KEY_PRESS_MS) {
        process.exit(EXIT_CODES[name]);
      }
    });
  }
  return controller.signal;
}
