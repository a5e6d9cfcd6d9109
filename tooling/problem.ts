/** One thing that is wrong: where it is, what it is, and what cures it. */
export interface Problem {
  /** From the repository's root, with `:line` where a line is known. */
  readonly path: string;
  readonly what: string;
  readonly cure: string;
}

/** One line for people: where, what, cure. */
export function show({ path, what, cure }: Problem): string {
  return `${path}: ${what.replace(/\.$/, "")}. ${cure}.`;
}

/** Prints every problem and lets the process fail if there is one. */
export function report(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(show(problem));
  if (problems.length > 0) process.exitCode = 1;
}
