import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("..", import.meta.url));

/** The app as a process of its own, started as its `start` script starts it. */
export class AppProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  #output = "";
  #errors = "";

  constructor(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, ["--conditions=@disp/source", "--import", "tsx", "src/main.ts", ...argv], {
      cwd: APP,
      env: { ...process.env, DATABASE_URL: undefined, REDIS_URL: undefined, INIT_CWD: undefined, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    // All output has been read by then.
    this.#exited = once(this.#child, "close");
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves with the URL it listens on. */
  async url(): Promise<string> {
    for (;;) {
      const [, url] = /Listening on (\S+),/.exec(this.#output) ?? [];
      if (url !== undefined) return url;
      if (this.#child.exitCode !== null) throw new Error(`The app ended early:\n${this.#output}${this.#errors}`);
      await this.hears();
    }
  }

  /** Resolves when it says something more, or has ended. */
  async hears(): Promise<void> {
    await Promise.race([this.#child.stdout ? once(this.#child.stdout, "data") : undefined, this.#exited]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code; null when a signal ended it. */
  async exit(): Promise<number | null> {
    await this.#exited;
    return this.#child.exitCode;
  }
}
