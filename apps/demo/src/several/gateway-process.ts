import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A gateway in a process of its own. */
export class GatewayProcess {
  /** For people. */
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #gone: AbortController;
  readonly #exited: Promise<unknown>;

  private constructor(name: string, child: ChildProcess, url: string, gone: AbortController, exited: Promise<unknown>) {
    this.name = name;
    this.pid = child.pid ?? 0;
    this.url = url;
    this.#child = child;
    this.#gone = gone;
    this.#exited = exited;
  }

  /** Starts this app with other arguments, and waits until it listens. What it complains of comes out here. */
  static async start(name: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
    const child = spawn(process.execPath, [...process.execArgv, MAIN, ...argv], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own: Ctrl-C is for us, and we end the gateways.
      detached: true,
    });
    const killed = (): void => void child.kill("SIGKILL");
    process.once("exit", killed);
    const gone = new AbortController();
    const exited = once(child, "exit").finally(() => {
      process.off("exit", killed);
      gone.abort(new Error(`${name} is gone`));
    });
    createInterface({ input: child.stderr }).on("line", (line) => console.error(`${name}: ${line}`));
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const [, url] = /^Listening on (\S+),/.exec(line) ?? [];
      if (url === undefined) continue;
      child.stdout.resume();
      return new GatewayProcess(name, child, url, gone, exited);
    }
    await exited;
    throw new Error(`${name} did not start: it ended with ${child.exitCode ?? child.signalCode}`);
  }

  /** Aborted when the process has ended, however. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** It does not hear of it. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Asks it to end, and resolves with its exit code; null: a signal has ended it. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    await this.#exited;
    return this.#child.exitCode;
  }
}
