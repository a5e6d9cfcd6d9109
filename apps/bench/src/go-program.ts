import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Contender, peer, type Round } from "./case.ts";
import { WrongResultError } from "./wrong-result.ts";

/** What the originals are loaded by: they are no package of the folder `peers`. */
export const ORIGINALS = "go";

/** A round of an original. Fields that its job does not know are left out. */
export interface Job {
  readonly job: "luci" | "elgopher" | "gadget" | "gadgetV2" | "vtex" | "vtex-duplicates";
  readonly inFlight?: number;
  readonly keepsGoroutines?: boolean;
  readonly keys?: number;
  readonly minDurationUs?: number;
  readonly redisUrl?: string;
  readonly name?: string;
}

interface Amount {
  readonly count: number;
  readonly isThorough: boolean;
}

interface Answer {
  readonly fault?: string;
}

/** What may keep a process waiting. */
interface Handle {
  ref(): void;
  unref(): void;
}

/** The program in `go`, which does one job at a time. */
export interface Originals {
  prepare(job: Job & Amount): Promise<void>;
  /** What is timed. */
  run(): Promise<void>;
  /** @throws WrongResultError */
  check(): Promise<void>;
}

// Both from `src` and from the bundle in `dist`.
const SOURCE = fileURLToPath(new URL("../go/", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../.data/originals", import.meta.url));

let opened: Promise<Originals | undefined> | undefined;

/** Builds and starts the originals, once. Resolves with undefined where that is not possible, and says why. */
export function openOriginals(): Promise<Originals | undefined> {
  opened ??= Promise.resolve(build() ? new Program() : undefined);
  return opened;
}

/** An original in a race, in the place of a peer. */
export function original(name: string, job: Job, share: number): Contender {
  return peer(name, ORIGINALS, (originals: Originals) => (round) => playOriginal(originals, job, round), share);
}

/** A round of an original. Our clock is the judge: the way to the program and back is at its expense, some 50 us. */
export async function playOriginal(originals: Originals, job: Job, round: Round): Promise<void> {
  await originals.prepare({ ...job, count: round.count, isThorough: round.isThorough });
  round.start();
  await originals.run();
  round.stop();
  await originals.check();
}

/** Nothing is timed yet, so this process may as well stand still. What `go` says is for people to read. */
function build(): boolean {
  const { error, status } = spawnSync("go", ["build", "-buildvcs=false", "-o", PROGRAM, "."], {
    cwd: SOURCE,
    env: { ...process.env, GOWORK: "off" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error === undefined && status === 0) return true;
  const why = error === undefined ? "`go build` failed, as it says above" : `\`go\` cannot be run (${error.message})`;
  console.error(`originals: those in Go are left out: ${why}`);
  return false;
}

/** An original that fails may take the process with it, as Go has it. The next round has another one then. */
class Program implements Originals {
  #process: GoProcess | undefined;

  prepare(job: Job & Amount): Promise<void> {
    if (this.#process?.isGone !== false) this.#process = new GoProcess();
    return this.#process.ask({ do: "prepare", ...job });
  }

  run(): Promise<void> {
    return this.#ask("run");
  }

  check(): Promise<void> {
    return this.#ask("check");
  }

  #ask(what: "run" | "check"): Promise<void> {
    if (this.#process === undefined) throw new Error(`Cannot ${what}: a job must be prepared first`);
    return this.#process.ask({ do: what });
  }
}

/** It ends when its stdin does, and keeps this process waiting only while it has something to do. */
class GoProcess {
  readonly #child: ChildProcessWithoutNullStreams = spawn(PROGRAM, { stdio: "pipe" });
  #hear: (answer: Answer) => void = () => undefined;
  #end: string | undefined;

  constructor() {
    this.#child.stderr.pipe(process.stderr, { end: false });
    createInterface(this.#child.stdout).on("line", (line) => this.#hear(JSON.parse(line) as Answer));
    // What was not written any more is of no interest: the end of the program is.
    this.#child.stdin.on("error", () => undefined);
    this.#child.once("error", ({ message }) => this.#onEnd(message));
    this.#child.once("close", (code, signal) => this.#onEnd(`it ended with ${signal ?? String(code)}`));
    this.#keepAlive(false);
  }

  get isGone(): boolean {
    return this.#end !== undefined;
  }

  async ask(command: object): Promise<void> {
    if (this.#end !== undefined) throw new WrongResultError(this.#end);
    this.#keepAlive(true);
    const { fault } = await new Promise<Answer>((resolve) => {
      this.#hear = resolve;
      this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    });
    this.#keepAlive(false);
    if (fault !== undefined) throw new WrongResultError(fault);
  }

  #onEnd(why: string): void {
    this.#end ??= `the program in Go is gone: ${why}`;
    this.#hear({ fault: this.#end });
  }

  #keepAlive(isWanted: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    // The types of node do not tell that its pipes are handles, too.
    for (const handle of [this.#child, stdin, stdout, stderr] as unknown as readonly Handle[])
      if (isWanted) handle.ref();
      else handle.unref();
  }
}
