import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isProgram, type OwnServer, pathFolders } from "./own-server.ts";

/** Where redis-server is. Undefined: not on this machine. */
export function findRedis(): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, "redis-server"))
    .find(isProgram);
}

/** A server of its own, reached through a socket in a temporary folder: nothing can collide. It keeps nothing. */
export async function startRedis(program: string): Promise<OwnServer> {
  // Short, since the path of a socket may have 107 bytes only.
  const folder = mkdtempSync("/tmp/disp-redis-");
  const socket = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""];
  // In a group of its own: Ctrl-C is for us, and we end the server when nobody needs it any more.
  const server = spawn(program, settings, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], detached: true });
  const killed = (): void => void server.kill("SIGKILL");
  process.once("exit", killed);
  const log: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    log.push(line);
    if (/ready to accept connections/iu.test(line)) break;
  }
  if (server.exitCode !== null) throw new Error(`Redis did not start:\n${log.join("\n")}`);
  server.stdout.resume();
  return {
    url: `unix://${socket}`,
    async stop() {
      const exited = server.exitCode === null ? once(server, "exit") : undefined;
      server.kill("SIGTERM");
      await exited;
      process.off("exit", killed);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
