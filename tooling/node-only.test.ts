import { expect, test } from "vitest";
import { fixture } from "./fixture.ts";
import { needsNode } from "./node-only.ts";

const root = "node_modules/@disp";

test("a door needs Node when it, a file of its own or another package's door imports node:", () => {
  const folder = fixture({
    [`${root}/pool/dist/index.js`]: 'import "./chunk.js"; import "redis";',
    [`${root}/pool/dist/chunk.js`]: 'import "./index.js";',
    [`${root}/pool/dist/plain.js`]: 'import "./chunk.js";',
    [`${root}/pool/dist/threads.js`]: 'import "./hands.js";',
    [`${root}/pool/dist/hands.js`]: 'import { Worker } from "node:worker_threads";',
    [`${root}/core/dist/index.js`]: "",
    [`${root}/core/dist/threads.js`]: 'export * from "@disp/pool/threads";',
  });
  const doors = ["@disp/pool", "@disp/pool/plain", "@disp/pool/threads", "@disp/core", "@disp/core/threads"];
  expect(doors.filter((specifier) => needsNode(folder, specifier))).toEqual([
    "@disp/pool/threads",
    "@disp/core/threads",
  ]);
});

test("a door needs Node when it runs on an engine that does", () => {
  const folder = fixture({
    [`${root}/jobs/dist/bullmq.js`]: 'import { Queue } from "bullmq";',
    [`${root}/jobs/dist/redis.js`]: 'import "@disp/redis"; import "ioredis";',
  });
  expect(["@disp/jobs/bullmq", "@disp/jobs/redis"].filter((specifier) => needsNode(folder, specifier))).toEqual([
    "@disp/jobs/bullmq",
  ]);
});

test("a main door never counts as one: it has to do without", () => {
  const folder = fixture({ [`${root}/pool/dist/index.js`]: 'import "node:fs";' });
  expect(needsNode(folder, "@disp/pool")).toBe(false);
});
