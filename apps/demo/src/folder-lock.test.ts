import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderInUseError, FolderLock } from "./folder-lock.ts";

describe("FolderLock", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "disp-lock-"));
    file = join(folder, "gateway.lock");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is held by one at a time", async () => {
    const lock = await FolderLock.take(folder);
    await expect(FolderLock.take(folder)).rejects.toThrow(FolderInUseError);
    await lock.release();
    await (await FolderLock.take(folder)).release();
  });

  it("names the process that holds it, and how to go on", async () => {
    await writeFile(file, `${process.ppid}\n`);
    await expect(FolderLock.take(folder)).rejects.toThrow(`process ${process.ppid} is using it`);
    await expect(FolderLock.take(folder)).rejects.toThrow("--data");
  });

  it.each([
    ["a process that is gone", "999999999"],
    ["our own id, which a container gave out again", String(process.pid)],
    ["nonsense", "?"],
  ])("does not count when it was left behind by %s", async (_, owner) => {
    await writeFile(file, owner);
    const lock = await FolderLock.take(folder);
    expect(await readFile(file, "utf8")).toBe(`${process.pid}\n`);
    await lock.release();
  });
});
