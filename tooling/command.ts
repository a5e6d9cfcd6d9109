import { execFile } from "node:child_process";

/** What a command said, and whether it succeeded. */
export interface Outcome {
  readonly isOk: boolean;
  readonly stdout: string;
  /** Everything it printed, in one line, for a problem's text. */
  readonly summary: string;
}

/** Runs a command to its end, whatever the end is. */
export function run(command: string, args: readonly string[], folder: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const said = `${stderr}\n${stdout}`.trim();
      const summary = (said === "" && error ? error.message : said).replace(/\s+/g, " ");
      resolve({ isOk: error === null, stdout, summary });
    });
  });
}
