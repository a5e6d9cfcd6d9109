import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isProgram, type OwnServer, pathFolders } from "./own-server.ts";

const HOST = "127.0.0.1";

/** Where redis-server is. Undefined: not on this machine. */
export function findRedis(): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, "redis-server"))
    .find(isProgram);
}

/** A server of its own, on a free port of this machine; it keeps nothing. */
export async function startRedis(program: string): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), "disp-redis-"));
  const port = await freePort();
  const settings = ["--bind", HOST, "--port", String(port), "--dir", folder, "--save", ""];
  // In a group of its own: Ctrl-C is for us, and we end the server when nobody needs it any more.
  const server = spawn(program, settings, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], detached: true });
  const killed = (): void => void server.kill("SIGKILL");
  process.once("exit", killed);
  const log: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    log.push(line);
    if (line.includes("Ready to accept connections")) break;
  }
  if (server.exitCode !== null) throw new Error(`Redis did not start:\n${log.join("\n")}`);
  server.stdout.resume();
  return {
    url: `redis://${HOST}:${port}`,
    async stop() {
      const exited = server.exitCode === null ? once(server, "exit") : undefined;
      server.kill("SIGTERM");
      await exited;
      process.off("exit", killed);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
