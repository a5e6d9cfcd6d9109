import { describe, expect, it } from "vitest";
import { type Death, Thread } from "./thread.ts";

/** A thread that runs a line of code. */
function run(code: string): { readonly thread: Thread; readonly heard: unknown[]; readonly death: Promise<Death> } {
  const thread = new Thread(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {});
  const heard: unknown[] = [];
  const death = new Promise<Death>((resolve) => {
    thread.listener = {
      hear: (message) => heard.push(message),
      hearUnreadable: (error) => heard.push(error),
      hearDeath: resolve,
    };
  });
  return { thread, heard, death };
}

const POST =
  'import { parentPort } from "node:worker_threads"; parentPort.postMessage("a"); parentPort.postMessage("b");';
const STAY = "setInterval(() => {}, 1e6);";

describe("a thread", () => {
  it("tells all it has said before it tells of its death", async () => {
    const { heard, death } = run(`${POST} process.exit(4);`);
    expect(await death).toEqual({ exitCode: 4, story: "exited with code 4", cause: undefined });
    expect(heard).toEqual(["a", "b"]);
  });

  it("tells of what it died", async () => {
    expect(await run('throw new RangeError("oh")').death).toMatchObject({
      exitCode: 1,
      story: expect.stringMatching(/^died of an error that nothing caught: \w*Error: /) as string,
      cause: { name: "RangeError", message: "oh" },
    });
    expect(await run("throw undefined").death).toMatchObject({
      story: "died of an error that nothing caught: undefined",
    });
  });

  it("is ended once, for the first reason, and everybody who ended it hears when it is gone", async () => {
    const { thread, death } = run(STAY);
    const ended = [thread.end("was not needed", "first"), thread.end("was in the way", "second")];
    expect(await death).toMatchObject({ story: "was not needed", cause: "first" });
    await Promise.all(ended);
    await thread.end("was gone already");
  });

  it("is ended even in the middle of a loop", async () => {
    const { thread, death } = run("for (;;);");
    await thread.end("was stuck");
    expect(await death).toMatchObject({ story: "was stuck" });
  });
});
