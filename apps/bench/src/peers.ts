import { existsSync } from "node:fs";

/** The folder `peers`, from `src` and from the bundle in `dist` alike. */
export const PEERS_FOLDER: URL = new URL("../peers/", import.meta.url);

interface Loader {
  load(name: string): Promise<unknown>;
}

/** Whether the peers can be imported. */
export function hasPeers(): boolean {
  return existsSync(new URL("node_modules", PEERS_FOLDER));
}

/** Imports a peer. */
export async function loadPeer(name: string): Promise<unknown> {
  // Not a literal: bundlers and type checks must leave it alone.
  const path = new URL("load.js", PEERS_FOLDER).href;
  const loader = (await import(path)) as Loader;
  return loader.load(name);
}
