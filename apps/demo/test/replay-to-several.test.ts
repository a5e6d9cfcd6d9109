import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { fieldCounts } from "../src/field-counts.ts";
import { ReplayError } from "../src/replay.ts";
import { type Receiver, ReplayToSeveral } from "../src/several/replay-to-several.ts";
import type { Source } from "../src/source.ts";

const EVENTS = 1_000;
const source: Source = {
  title: "numbers",
  total: EVENTS,
  question: fieldCounts,
  async *events() {
    for (let at = 1; at <= EVENTS; at++) yield { at, bytes: Buffer.from(`{"n":${at}}`) };
  },
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

type Answer = (lines: readonly string[], response: ServerResponse, request: IncomingMessage) => void;

/** A gateway of a test: told of each body, it answers as it likes. */
async function receiver(name: string, answer: Answer): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(Buffer.concat(chunks).toString().trim().split("\n"), response, request));
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { name, url: `http://127.0.0.1:${port}`, gone: new AbortController().signal };
}

function store(response: ServerResponse, lines: readonly string[]): void {
  response.writeHead(202).end(JSON.stringify({ accepted: lines.length, stored: lines.length }));
}

function replay(receivers: readonly Receiver[], signal = new AbortController().signal) {
  return new ReplayToSeveral(source, { receivers, eventsPerRequest: 50, signal }).run();
}

it("sends to each in turn", async () => {
  const counts = [0, 0];
  const both = await Promise.all(
    counts.map((_, index) =>
      receiver(`${index}`, (lines, response) => {
        counts[index] = (counts[index] ?? 0) + 1;
        store(response, lines);
      }),
    ),
  );
  expect(await replay(both)).toEqual({ stored: EVENTS, answered: 20, unanswered: 0 });
  expect(counts).toEqual([10, 10]);
});

it("sends to another one what was not answered, and asks the silent one no more", async () => {
  const stored = new Set<string>();
  let cuts = 0;
  const dying = await receiver("dying", (_, response) => {
    cuts++;
    response.destroy();
  });
  const good = await receiver("good", (lines, response) => {
    for (const line of lines) stored.add(line);
    store(response, lines);
  });
  const result = await replay([dying, good]);
  expect(result).toEqual({ stored: EVENTS, answered: 20, unanswered: cuts });
  expect(cuts).toBeGreaterThan(0);
  // Those that were on their way when the first one failed.
  expect(cuts).toBeLessThanOrEqual(4);
  expect(stored.size).toBe(EVENTS);
});

it("does not send again what was refused: that has an answer", async () => {
  let requests = 0;
  const refusing = await receiver("refusing", (_, response) => {
    requests++;
    response.writeHead(400).end(JSON.stringify({ error: { message: "not JSON", line: 2 } }));
  });
  await expect(replay([refusing])).rejects.toThrow(/^line \d+: not JSON$/);
  expect(requests).toBeLessThanOrEqual(4);
});

it("gives up when nobody answers", async () => {
  const dead = await Promise.all([1, 2].map((n) => receiver(`${n}`, (_, response) => void response.destroy())));
  await expect(replay(dead)).rejects.toThrow(ReplayError);
});

it("ends with the reason of the signal", async () => {
  const controller = new AbortController();
  const slow = await receiver("slow", () => controller.abort("told to"));
  await expect(replay([slow], controller.signal)).rejects.toBe("told to");
});
