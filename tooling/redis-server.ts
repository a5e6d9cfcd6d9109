import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";

/** A Redis server of a test's own: on loopback, in a temporary folder. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Sends a signal: SIGSTOP freezes the server and SIGCONT lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /**
   * Starts it anew after a `kill`, with the same port and folder. It listens once it is ready: while it loads what it has
   * kept, it would refuse whoever is quick to connect.
   */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Where redis-server is. Undefined: not on this machine. */
export function findRedis(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "redis-server")).find(isProgram);
}

/** @param settings - Settings of redis.conf, such as `appendonly: "yes"`. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const program = findRedis();
  if (program === undefined) throw new Error("Cannot start Redis: redis-server must be installed, got none in PATH");
  const folder = mkdtempSync("/tmp/disp-redis-");
  const port = await freePort();
  const all = { bind: HOST, port: String(port), dir: folder, save: "", "enable-debug-command": "local", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  let process_: ChildProcess | undefined;
  const launch = async (...more: string[]): Promise<void> => {
    process_ = spawn(program, [...args, ...more], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    await untilReady(process_);
  };
  const killNow = (): void => void process_?.kill("SIGKILL");
  process.once("exit", killNow);

  const server: RedisServer = {
    port,
    url: `redis://${HOST}:${port}`,
    signal: (name) => void process_?.kill(name),
    async kill() {
      const exited = process_ === undefined || process_.exitCode !== null ? undefined : once(process_, "exit");
      killNow();
      await exited;
      process_ = undefined;
    },
    async start() {
      const socket = join(folder, "control.sock");
      await launch("--port", "0", "--unixsocket", socket);
      await listenTo(port, socket);
    },
    async stop() {
      await server.kill();
      process.off("exit", killNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await launch();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Has a server that has no port yet listen to one. */
async function listenTo(port: number, control: string): Promise<void> {
  const socket = connect(control);
  socket.write(`CONFIG SET port ${port}\r\n`);
  const [reply] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  if (!reply.toString().startsWith("+OK")) throw new Error(`Redis does not listen to ${port}: ${reply.toString()}`);
}

async function untilReady(server: ChildProcess): Promise<void> {
  const log: string[] = [];
  if (server.stdout === null) throw new Error("Cannot watch the server: its log must be piped");
  for await (const line of createInterface({ input: server.stdout })) {
    log.push(line);
    if (!/ready to accept connections/iu.test(line)) continue;
    server.stdout.resume();
    return;
  }
  throw new Error(`Redis did not start:\n${log.join("\n")}`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
