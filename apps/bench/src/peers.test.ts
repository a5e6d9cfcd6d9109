import { expect, it } from "vitest";
import { loadPeer } from "./peers.ts";

it("imports by name, and says so when there is none of that name", async () => {
  await expect(loadPeer("node:path")).resolves.toHaveProperty("join");
  await expect(loadPeer("no-such-peer-of-ours")).rejects.toThrow("no-such-peer-of-ours");
});
