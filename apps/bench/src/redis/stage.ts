import { spawn } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import type { RedisServer } from "../../../../tooling/redis-server.ts";
import { findRedis, startRedis } from "../../../../tooling/redis-server.ts";
import type { Play, Round } from "../case.ts";
import { expectSame } from "../wrong-result.ts";

/** Keys of a round stay for so long at most. */
export const TTL_MS = 60_000;
/** For calls that are no race. */
export const timeoutMs = 60_000;
/** How many calls are under way at a time. */
export const WIDTHS: readonly number[] = [512, 64, 1];

/** Whether there is a server to measure with. */
export const hasRedis: boolean = process.env["REDIS_URL"] !== undefined || findRedis() !== undefined;

let server: Promise<RedisServer> | undefined;
let users = 0;
let names = 0;

/** A name for the keys of a round: no round finds those of another. */
export function freshName(): string {
  names++;
  return `bench:${process.pid}:${names}`;
}

/**
 * A play over Redis. What it works with stays from round to round, so that connections are open and code is warm; the
 * server is there as long as anybody needs it. The time budget is long, for here it is about speed.
 *
 * @param open - Connects.
 * @param end - Closes what was opened.
 */
export function overRedis<Kit>(
  open: (url: string) => Kit | Promise<Kit>,
  end: (kit: Kit) => unknown,
  play: (kit: Kit, round: Round) => Promise<void>,
): Play {
  let kit: Promise<Kit> | undefined;
  const kept: Play = async (round) => {
    kit ??= join().then(open);
    await play(await kit, round);
  };
  kept.close = async () => {
    if (kit === undefined) return;
    await end(await kit);
    kit = undefined;
    await leave();
  };
  return kept;
}

/** Does so many things, with so many under way at a time. */
export async function inFlight(count: number, width: number, begin: (item: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await begin(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}

export const connect = (url: string): Redis => new Redis(url);
/**
 * For those who send a command for each call: nothing is as fast for many at a time. A single one is sent sooner without,
 * and so are those whose calls travel together anyway.
 */
export const connectFor =
  (width: number) =>
  (url: string): Redis =>
    new Redis(url, { enableAutoPipelining: width > 1 });
export const disconnect = (client: Redis): void => client.disconnect();

/** In one go: what the server can do when the client costs nothing. Its own loop is C, and it pipelines. */
export async function benchmark(url: string, count: number, width: number, ...command: string[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const pipeline = Math.min(width, 64);
  const clients = Math.ceil(width / pipeline);
  // It gives up if it has done more than it was told to, which it does where a pipeline is not full at the end.
  const whole = Math.ceil(count / pipeline) * pipeline;
  const counts = ["-n", String(whole), "-c", String(clients), "-P", String(pipeline), "-r", "1000000000"];
  const args = ["-h", hostname, "-p", port || "6379", ...counts, "-q", ...command];
  const child = spawn("redis-benchmark", args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number];
  expectSame("the exit code of redis-benchmark", code, 0);
}

async function join(): Promise<string> {
  users++;
  const given = process.env["REDIS_URL"];
  if (given !== undefined) return given;
  server ??= startRedis();
  return (await server).url;
}

async function leave(): Promise<void> {
  users--;
  if (users > 0 || server === undefined) return;
  const last = server;
  server = undefined;
  await (await last).stop();
}
