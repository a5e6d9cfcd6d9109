import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The folder belongs to a running process. */
export class FolderInUseError extends Error {
  override readonly name = "FolderInUseError";
}

const heldHere = new Set<string>();

/** One process at a time may use a folder. A lock whose process is gone does not count. */
export class FolderLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  static async take(folder: string): Promise<FolderLock> {
    const file = join(folder, "gateway.lock");
    if (heldHere.has(file)) throw inUse(folder, process.pid, file);
    heldHere.add(file);
    try {
      if (!(await create(file))) {
        const owner = Number(await readFile(file, "utf8").catch(() => ""));
        if (isRunning(owner)) throw inUse(folder, owner, file);
        await rm(file, { force: true });
        if (!(await create(file))) throw inUse(folder, owner, file);
      }
    } catch (error) {
      heldHere.delete(file);
      throw error;
    }
    return new FolderLock(file);
  }

  async release(): Promise<void> {
    await rm(this.#file, { force: true });
    heldHere.delete(this.#file);
  }
}

async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Our own id in a lock that we do not hold is left over from before: containers give out the same ids again. */
function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function inUse(folder: string, pid: number, file: string): FolderInUseError {
  const hint = "stop it, or choose another folder with --data";
  return new FolderInUseError(`Cannot open ${folder}: process ${pid} is using it (${hint}; its lock is ${file})`);
}
