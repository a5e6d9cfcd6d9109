import { tmpdir } from "node:os";
import { expect, test, vi } from "vitest";
import { mustRun, run } from "./command.ts";

test("a command that succeeds gives what it printed", async () => {
  const outcome = await run(process.execPath, ["-p", "1 + 1"], tmpdir());
  expect(outcome).toEqual({ isOk: true, stdout: "2\n", summary: "2" });
});

test("a command that fails says why, in one line", async () => {
  const outcome = await run(process.execPath, ["-e", "console.error('it\\nbroke'); process.exit(3)"], tmpdir());
  expect(outcome).toMatchObject({ isOk: false, summary: "it broke" });
});

test("a command that does not exist fails and is named", async () => {
  const outcome = await run("no-such-command", [], tmpdir());
  expect(outcome.isOk).toBe(false);
  expect(outcome.summary).toContain("no-such-command");
});

test("a command finds the variables that it is given, beside those of this process", async () => {
  const code = "console.log(process.env.GIVEN, process.env.PATH === undefined)";
  const outcome = await run(process.execPath, ["-e", code], tmpdir(), { GIVEN: "yes" });
  expect(outcome.stdout).toBe("yes false\n");
});

test("a command that must succeed gives what it printed, and is named when it fails", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  expect(await mustRun(process.execPath, ["-p", "1 + 1"], tmpdir())).toBe("2\n");
  expect(log).toHaveBeenCalledWith(`> ${process.execPath} -p 1 + 1`);
  await expect(mustRun("false", [], tmpdir())).rejects.toThrow("Cannot run false");
  log.mockRestore();
});
