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

/** A server of its own, in a temporary folder, reached through a socket in it: nothing can collide. */
export async function startPostgres(programs: string): Promise<OwnServer> {
  // Short, since the path of a socket may have 107 bytes only.
  const folder = mkdtempSync("/tmp/disp-pg-");
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const initArguments = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  execFileSync(join(programs, "initdb"), initArguments, { ...user, cwd: folder, stdio: "pipe" });
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "log_statement=none"];
  const server = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...user,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    // In a group of its own: Ctrl-C is for us, and we end the server when nobody needs it any more.
    detached: true,
  });
  const killed = (): void => void server.kill("SIGQUIT");
  process.once("exit", killed);
  await untilReady(server);
  return {
    url: `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    async stop() {
      const exited = server.exitCode === null ? once(server, "exit") : undefined;
      server.kill("SIGINT");
      await exited;
      process.off("exit", killed);
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
