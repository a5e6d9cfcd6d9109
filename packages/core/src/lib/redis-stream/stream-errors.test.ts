import { RedisConnection } from "@disp/redis";
import { describe, expect, it, vi } from "vitest";
import { isAway, isWithoutGroup, StreamErrors } from "./stream-errors.ts";

describe("errors of a stream", () => {
  it("go to the hook", () => {
    const onError = vi.fn();
    new StreamErrors("s", onError).hear("away");
    expect(onError.mock.calls).toEqual([["away"]]);
  });

  it("go to the console without a hook, and not each of them", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const errors = new StreamErrors("s", undefined);
    for (const error of [1, 2, 3]) errors.hear(error);
    errors.tell();
    const advice = "It is tried again. Pass onError to handle this, or to silence this line.";
    expect(warn.mock.calls).toEqual([
      [`@disp/core: 1 call for the stream "s" failed. ${advice}`, 1],
      [`@disp/core: 2 calls for the stream "s" failed. ${advice}`, 3],
    ]);
    warn.mockRestore();
  });

  it("say whether Redis is away, or the group", async () => {
    const client = { send: () => Promise.reject(new Error("closed")) };
    const away: unknown = await new RedisConnection({ client }).send(["PING"]).catch((error: unknown) => error);
    const noGroup = new Error("NOGROUP No such key");
    expect([isAway(away), isWithoutGroup(away)]).toEqual([true, false]);
    expect([isAway(noGroup), isWithoutGroup(noGroup), isWithoutGroup("NOGROUP")]).toEqual([false, true, false]);
  });
});
