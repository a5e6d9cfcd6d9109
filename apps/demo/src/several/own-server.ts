import { accessSync, constants } from "node:fs";
import { delimiter } from "node:path";

/** A server that was started here, and runs for as long as it is needed here. */
export interface OwnServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Where programs are looked for. */
export function pathFolders(): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
