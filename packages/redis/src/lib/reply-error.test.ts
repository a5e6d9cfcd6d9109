import { describe, expect, it } from "vitest";
import { cannotServe, replyCode } from "./reply-error.ts";

describe("replyCode", () => {
  it.each([
    ["NOSCRIPT No matching script. Please use EVAL.", "NOSCRIPT"],
    ["ERR unknown command 'A'", "ERR"],
    ["WRONGTYPE Operation against a key", "WRONGTYPE"],
    ["READONLY You can't write against a read only replica. script: abc", "READONLY"],
    ["EXECABORT", "EXECABORT"],
    ["-BUSY Redis is busy", "BUSY"],
  ])("of %j is %s", (message, code) => {
    expect(replyCode(new Error(message))).toBe(code);
  });

  it.each([
    "Connection is closed.",
    "connect ECONNREFUSED 127.0.0.1:1",
    "The client is closed",
    "Socket closed unexpectedly",
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
    "",
  ])("is none for the client's own %j", (message) => {
    expect(replyCode(new Error(message))).toBeUndefined();
  });

  it("is none for what is no error", () => {
    expect(replyCode("ERR")).toBeUndefined();
    expect(replyCode(undefined)).toBeUndefined();
  });
});

describe("cannotServe", () => {
  it("tells a server in trouble from a question that is wrong", () => {
    expect(["LOADING", "CLUSTERDOWN", "READONLY", "OOM"].map(cannotServe)).toEqual([true, true, true, true]);
    expect(["ERR", "WRONGTYPE", "NOSCRIPT", "NOAUTH", "NOPERM", "MOVED"].some(cannotServe)).toBe(false);
  });
});
