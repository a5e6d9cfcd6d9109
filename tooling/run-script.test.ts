import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runScript } from "./run-script.ts";
import { ROOT } from "./workspace.ts";

it("says how a script has ended, and what it has printed", { timeout: 0 }, async () => {
  const folder = await mkdtemp(join(ROOT, "node_modules/.run-script-"));
  const script = join(folder, "script.ts");
  await writeFile(script, "console.log(process.argv[2] as string); console.error('e'); process.exitCode = 3;");
  expect(await runScript(script, "argument")).toEqual({ code: 3, stdout: "argument\n", stderr: "e\n" });
  await rm(folder, { recursive: true });
});
