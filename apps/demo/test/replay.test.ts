import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { fieldCounts } from "../src/field-counts.ts";
import { replay } from "../src/replay.ts";
import { Service } from "../src/service.ts";
import type { Source } from "../src/source.ts";
import { until } from "./gate.ts";
import { MemoryStore } from "./memory-store.ts";

const EVENTS = 100_000;
const source: Source = {
  title: "numbers",
  total: EVENTS,
  question: fieldCounts,
  async *events() {
    for (let at = 1; at <= EVENTS; at++) yield { at, bytes: Buffer.from(`{"n":${at}}`) };
  },
};

it.each([0, 1, 5, 10, 50])("ends when the gateway stops in the middle of it (statement %i)", async (statements) => {
  const store = new MemoryStore();
  const service = new Service(store, { folder: tmpdir(), table: "events", fresh: false });
  const url = await service.gateway.listen(0, "127.0.0.1");
  const controller = new AbortController();
  const outcome = replay(source, { url, signal: controller.signal }).catch((error: unknown) => error);
  await until(() => store.statements.length >= statements);
  controller.abort("told to");
  const summary = await service.stop();
  expect(summary).toMatchObject({ abandoned: 0, delivered: store.rows.size });
  expect(await outcome).toBe("told to");
});
