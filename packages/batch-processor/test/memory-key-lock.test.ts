import { MemoryKeyLock } from "@disp/batch-processor";
import { describeKeyLock } from "./key-lock.contract.ts";

describeKeyLock("MemoryKeyLock", () => {
  const lock = new MemoryKeyLock();
  return {
    lock: () => lock,
    lose: async (key) => void lock.revoke(key),
    close: () => {},
  };
});
