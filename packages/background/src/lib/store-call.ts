import type { DedupStore, Hold } from "./dedup-store.ts";

// A store that throws, against its contract, counts as one that rejects.

export function acquire(store: DedupStore, key: string, holdMs: number): Promise<Hold | undefined> {
  try {
    return Promise.resolve(store.acquire(key, holdMs));
  } catch (error) {
    return Promise.reject(error);
  }
}

export function bumpGeneration(store: DedupStore): Promise<number> {
  try {
    return Promise.resolve(store.bumpGeneration());
  } catch (error) {
    return Promise.reject(error);
  }
}

export function renew(hold: Hold, ms: number): Promise<boolean> {
  try {
    return Promise.resolve(hold.renew(ms));
  } catch (error) {
    return Promise.reject(error);
  }
}

export function release(hold: Hold, remainingMs: number): Promise<void> {
  try {
    return Promise.resolve(hold.release(remainingMs));
  } catch (error) {
    return Promise.reject(error);
  }
}
