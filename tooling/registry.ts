import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { mustRun } from "./command.ts";
import { freePort } from "./free-port.ts";

/** A registry of packages on loopback, which anybody may publish to. */
export interface Registry {
  readonly url: string;
  /** The lines of an .npmrc that has our packages, and no others, come from here. */
  readonly npmrc: string;
  stop(): Promise<void>;
}

/** 6.2 is the last line that runs on Node 20; what it asks of node-fetch is not on every mirror. */
const PROJECT = { private: true, dependencies: { verdaccio: "6.2.4" }, overrides: { "node-fetch": "2.7.0" } };

const CONFIG = `
storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
packages:
  "@disp/*": { access: $all, publish: $all }
log: { type: stdout, format: pretty, level: error }
`;

/** Installs and starts Verdaccio in this folder. */
export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(PROJECT));
  writeFileSync(join(folder, "config.yaml"), CONFIG);
  await mustRun("npm", ["install", "--no-audit", "--no-fund"], folder);
  const host = `127.0.0.1:${await freePort()}`;
  const args = ["node_modules/verdaccio/bin/verdaccio", "--config", "config.yaml", "--listen", host];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  await untilItAnswers(server, `http://${host}/-/ping`);
  return {
    url: `http://${host}/`,
    // npm publishes only with a token, whatever the registry thinks of it.
    npmrc: `\n@disp:registry=http://${host}/\n//${host}/:_authToken=anybody\n`,
    async stop() {
      const exited = once(server, "exit");
      if (server.kill()) await exited;
    },
  };
}

async function untilItAnswers(server: ChildProcess, url: string): Promise<void> {
  while (server.exitCode === null) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await pause(100);
  }
  throw new Error(`Cannot start the registry: Verdaccio must stay, got exit code ${server.exitCode}`);
}
