import { join } from "node:path";
import { expect, it } from "vitest";
import { runScript } from "../../../tooling/run-script.ts";
import { describeWithRedis, redisUrl } from "../../../tooling/with-redis.ts";
import { openSite } from "./bullmq-site.ts";

describeWithRedis("a process with a queue", { timeout: 0 }, () => {
  it("ends once all is stopped, and says on the console what nobody listens to", async () => {
    const site = openSite();
    const fixture = join(import.meta.dirname, "fixtures", "bullmq-ends.ts");
    const { code, stdout, stderr } = await runScript(fixture, redisUrl, site.name);
    expect([code, stdout]).toEqual([0, "over\n"]);
    expect(stderr).toContain('@disp/background: 1 failure, the last of the job "a".');
    expect(stderr).toContain("Error: the job failed");
  });
});

it("a process ends after stop, though its Redis was never there", { timeout: 0 }, async () => {
  const fixture = join(import.meta.dirname, "fixtures", "bullmq-nowhere.ts");
  expect(await runScript(fixture)).toEqual({ code: 0, stdout: "over\n", stderr: "" });
});
