import { hasPeers, loadPeer } from "./peers.ts";

/** Loads what a contender comes from: a package of the folder `peers`. Resolves with undefined where it is not there. */
export function load(from: string): Promise<unknown> {
  return hasPeers() ? loadPeer(from) : Promise.resolve(undefined);
}
