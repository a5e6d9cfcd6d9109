import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { fieldCounts } from "../src/field-counts.ts";
import { EVENTS_PER_REQUEST, replay } from "../src/replay.ts";
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

it("makes a connection for each request: one that rests may be closed while the next is on its way", async () => {
  const connections = new Set<Socket>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    connections.add(request.socket);
    request.resume().on("end", () => response.writeHead(202).end(JSON.stringify({ stored: EVENTS_PER_REQUEST })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await replay(source, { url, signal: new AbortController().signal })).toBe(EVENTS);
  server.close();
  expect(requests).toBe(EVENTS / EVENTS_PER_REQUEST);
  expect(connections.size).toBe(requests);
});
