import { openOriginals, ORIGINALS } from "./go-program.ts";
import { hasPeers, loadPeer } from "./peers.ts";

/** Loads what a contender comes from, a package of the folder `peers` or the program in Go; undefined where it is not there. */
export async function load(from: string): Promise<unknown> {
  if (from === ORIGINALS) return openOriginals();
  return hasPeers() ? loadPeer(from) : undefined;
}
