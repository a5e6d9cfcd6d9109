import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { PEERS_FOLDER } from "./peers.ts";

/** Where the figures are from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  /** Programs that wanted a core in the last minute, when the run began. More than cores: the figures are noisy. */
  readonly load: number;
  readonly peers: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    peers: peerVersions(),
  };
}

export function machineText({ cpu, cores, memoryGb, platform, node, v8, load, peers }: Machine): string {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}; node ${node}, V8 ${v8}; load at the start ${load}`,
    `Peers: ${versions.join(", ")}`,
  ].join("\n\n");
}

function peerVersions(): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(new URL("package.json", PEERS_FOLDER), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies;
}
