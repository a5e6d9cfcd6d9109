// What a thread starts with, in plain JavaScript: Node 20 does not let `--import tsx` change how the first file of a thread
// is loaded, so a .ts file would be refused there. tsx is registered here, and the rest is TypeScript.
import { register } from "tsx/esm/api";

register();
await import("./archive.worker.ts");
