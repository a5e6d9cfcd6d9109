import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { type Caller, isOwnHost, isSameOrigin } from "./same-origin.ts";

const caller = (headers: IncomingHttpHeaders, localAddress = "127.0.0.1"): Caller => ({
  headers,
  socket: { localAddress },
});

describe("isOwnHost", () => {
  it.each(["127.0.0.1:8080", "127.0.0.1", "localhost:8080", "LOCALHOST", "[::1]:8080", "[::1]"])("knows %s", (host) => {
    expect(isOwnHost(caller({ host }), "127.0.0.1")).toBe(true);
  });

  it.each([
    undefined,
    "",
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8080",
    "evil.example@127.0.0.1",
    "127.0.0.1:8080@evil.example",
    "127.0.0.1 evil.example",
    "192.168.0.5:8080",
    "0.0.0.0:8080",
    "[::2]:8080",
    "127.0.0.1:port",
  ])("does not know %s", (host) => {
    expect(isOwnHost(caller({ host }), "127.0.0.1")).toBe(false);
  });

  it("knows the name or the address that it was told to listen on", () => {
    expect(isOwnHost(caller({ host: "Box.lan:80" }), "box.lan")).toBe(true);
    expect(isOwnHost(caller({ host: "[FE80::1]:80" }), "fe80::1")).toBe(true);
  });

  it("knows the address that was dialled when it listens on all of them, and no other name of it", () => {
    const host = "192.168.0.5:8080";
    expect(isOwnHost(caller({ host }, "192.168.0.5"), "0.0.0.0")).toBe(true);
    expect(isOwnHost(caller({ host }, "::ffff:192.168.0.5"), "::")).toBe(true);
    expect(isOwnHost(caller({ host: "evil.example" }, "192.168.0.5"), "0.0.0.0")).toBe(false);
  });
});

describe("isSameOrigin", () => {
  const host = "127.0.0.1:8080";
  const isOurs = (headers: IncomingHttpHeaders): boolean => isSameOrigin(caller({ host, ...headers }), "127.0.0.1");

  it("lets the page itself ask, and programs that are no browsers", () => {
    expect(isOurs({})).toBe(true);
    expect(isOurs({ origin: "http://127.0.0.1:8080", "sec-fetch-site": "same-origin" })).toBe(true);
    expect(isOurs({ "sec-fetch-site": "none" })).toBe(true);
  });

  it.each([
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "" },
    { origin: "http://127.0.0.1:8081" },
    { origin: "https://127.0.0.1:8080" },
    { origin: "http://localhost:8080" },
    { origin: "http://127.0.0.1:8080.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { host: "evil.example", origin: "http://evil.example", "sec-fetch-site": "same-origin" },
  ])("refuses %j", (headers) => {
    expect(isOurs(headers)).toBe(false);
  });
});
