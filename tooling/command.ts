import { execFile } from "node:child_process";

/** What a command said, and whether it succeeded. */
export interface Outcome {
  readonly isOk: boolean;
  readonly stdout: string;
  /** Everything it printed, in one line, for a problem's text. */
  readonly summary: string;
}

/**
 * Runs a command to its end, whatever the end is.
 *
 * @param env - Variables beside those of this process.
 */
export function run(
  command: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const options = { cwd: folder, maxBuffer: 2 ** 26, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const said = `${stderr}\n${stdout}`.trim();
      const summary = (said === "" && error ? error.message : said).replace(/\s+/g, " ");
      resolve({ isOk: error === null, stdout, summary });
    });
  });
}

/** Runs a command that has to succeed, and says so. Gives back what it printed. */
export async function mustRun(...[command, args, folder, env]: Parameters<typeof run>): Promise<string> {
  console.log(`> ${command} ${args.join(" ")}`);
  const { isOk, stdout, summary } = await run(command, args, folder, env);
  if (!isOk) throw new Error(`Cannot run ${command} ${args.join(" ")}: it must succeed, got ${summary}`);
  return stdout;
}
