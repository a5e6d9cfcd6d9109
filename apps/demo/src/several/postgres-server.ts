import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isProgram, type OwnServer, pathFolders } from "./own-server.ts";

/** Where PostgreSQL's programs are: in PATH, or where Debian puts them. Undefined: not on this machine. */
export function findPostgres(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...pathFolders()];
  return folders.find((folder) => isProgram(join(folder, "initdb")) && isProgram(join(folder, "postgres")));
}

/** One that can be killed and brought back, with all that it had committed. */
export interface PostgresServer extends OwnServer {
  /** Ends it at once, in the middle of whatever it does. */
  crash(): Promise<void>;
  /** After a crash: starts it again on the same data. */
  restart(): Promise<void>;
}

/** A server of its own, in a temporary folder, reached through a socket in it: nothing can collide. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  // Short, since the path of a socket may have 107 bytes only.
  const folder = mkdtempSync("/tmp/disp-pg-");
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const initArguments = [
    "-D",
    join(folder, "data"),
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ];
  execFileSync(join(programs, "initdb"), initArguments, { ...user, cwd: folder, stdio: "pipe" });
  let server = run(programs, folder);
  const killed = (): void => void server.kill("SIGQUIT");
  process.once("exit", killed);
  await untilReady(server);
  return {
    url: `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    crash: () => end(server, "SIGQUIT"),
    async restart() {
      server = run(programs, folder);
      await untilReady(server);
    },
    async stop() {
      await end(server, "SIGINT");
      process.off("exit", killed);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function run(programs: string, folder: string): ChildProcess {
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "log_statement=none"];
  const server = join(programs, "postgres");
  return spawn(server, ["-D", join(folder, "data"), ...settings.flatMap((setting) => ["-c", setting])], {
    ...serverUser(),
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    // In a group of its own: Ctrl-C is for us, and we end the server when nobody needs it any more.
    detached: true,
  });
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  await exited;
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function untilReady(server: ChildProcess): Promise<void> {
  const log: string[] = [];
  if (server.stderr === null) throw new Error("Cannot watch the server: its log must be piped");
  for await (const line of createInterface({ input: server.stderr })) {
    log.push(line);
    if (!line.includes("ready to accept connections")) continue;
    server.stderr.resume();
    return;
  }
  throw new Error(`PostgreSQL did not start:\n${log.join("\n")}`);
}
