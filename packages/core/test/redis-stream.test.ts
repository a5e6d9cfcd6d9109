import { type Batch, blockNewItems, Dispatcher, noRetry, type RedisClient } from "@disp/core";
import { type RedisStreamSourceOptions, redisStreamSource, type StreamEntry } from "@disp/core/redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { describeWithRedis, redisUrl } from "../../../tooling/with-redis.ts";
import { Bench, byValue, CLIENTS, type Connected, numberOf, sourceFor, upTo } from "./stream.ts";

const UNTIMED = { timeout: 0 };
const WAIT_MS = 100;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describeWithRedis("a source from a stream", UNTIMED, () => {
  describe.each(Object.entries(CLIENTS))("through %s", (_, connect) => {
    let connected: Connected;
    let client: RedisClient;
    let bench: Bench;
    let uncaught: ReturnType<typeof listenForUncaught>;

    beforeEach(async () => {
      uncaught = listenForUncaught();
      connected = await connect(redisUrl);
      ({ client } = connected);
      bench = new Bench(redisUrl);
    });

    afterEach(async () => {
      connected.close();
      await bench.close();
      expect(await uncaught.stop()).toEqual([]);
    });

    const from = (options: Partial<RedisStreamSourceOptions> = {}) =>
      sourceFor(client, bench.stream, { timeoutMs: 60_000, ...options });

    /** Reads by hand, without an end. */
    function read(options: Partial<RedisStreamSourceOptions> = {}) {
      const iterator = from(options).source[Symbol.asyncIterator]();
      const next = async (): Promise<StreamEntry> => {
        const result = await iterator.next();
        if (result.done === true) throw new Error("it has ended");
        return result.value;
      };
      const end = async (): Promise<void> => {
        await iterator.return?.();
      };
      return { next, end };
    }

    it("hands out entries as they are, and the group forgets them when they were delivered", async () => {
      await bench.redis.xadd(bench.stream, "1-1", "name", "ключ\r\n\0🗝️", "", "empty", "twice", "1", "twice", "2");
      const stop = new AbortController();
      const seen: unknown[] = [];
      const { source, errors } = from({ signal: stop.signal });
      const summary = await Dispatcher.process(source, {
        batch: { maxAgeMs: 0 },
        send({ items }) {
          seen.push(...items.map(({ id, fields, deliveries }) => ({ id, fields, deliveries })));
          stop.abort();
        },
      });
      const fields = { name: "ключ\r\n\0🗝️", "": "empty", twice: "2" };
      expect(seen).toEqual([{ id: "1-1", fields, deliveries: 1 }]);
      expect(summary).toMatchObject({ accepted: 1, delivered: 1 });
      expect(await bench.pending()).toBe(0);
      expect(errors).toEqual([]);
    });

    it("delivers each of 10,000 entries though sends fail at random, and none is pending in the end", async () => {
      const total = 10_000;
      await bench.add(total);
      const stop = new AbortController();
      const delivered: number[] = [];
      // A generator of numbers, so that a run that fails can be run again.
      let seed = 1;
      const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const deliver = (items: readonly StreamEntry[]): void => {
        delivered.push(...items.map(numberOf));
        if (delivered.length === total) stop.abort();
      };
      const summary = await Dispatcher.process(from({ signal: stop.signal, batchSize: 250 }).source, {
        batch: { maxItems: 50, maxAgeMs: 0 },
        retry: { nextDelayMs: () => 1 },
        async send(batch) {
          await Promise.resolve();
          if (chance() < 0.2) throw new Error("not now");
          if (chance() > 0.2) {
            deliver(batch.items);
            return;
          }
          const done = batch.items.slice(0, 10);
          deliver(done);
          batch.keep((item) => !done.includes(item));
          throw new Error("in part");
        },
      });
      expect([...delivered].sort(byValue)).toEqual(upTo(total));
      expect(summary).toMatchObject({ accepted: total, delivered: total });
      expect(await bench.pending()).toBe(0);
    });

    it("hears of new entries while it waits, and takes them in the order of the stream", async () => {
      const { next, end } = read();
      const waiting = [next(), next(), next()];
      await bench.add(3);
      expect((await Promise.all(waiting)).map(numberOf)).toEqual([1, 2, 3]);
      await end();
    });

    it("takes no more than the dispatcher has room for, and one batch ahead", async () => {
      await bench.add(200);
      const stop = new AbortController();
      let proceed = (): void => {};
      const gate = new Promise<void>((resolve) => (proceed = resolve));
      const { source } = from({ batchSize: 10, signal: stop.signal });
      let sent = 0;
      const dispatcher = new Dispatcher<StreamEntry>({
        batch: { maxItems: 5, maxAgeMs: 0 },
        maxConcurrency: 1,
        overflow: blockNewItems({ maxItems: 20 }),
        async send({ items }) {
          await gate;
          sent += items.length;
          if (sent === 200) stop.abort();
        },
      });
      const consumed = dispatcher.consume(source);
      // Long enough for far more reads than it may do.
      await sleep(WAIT_MS);
      expect(await bench.pending()).toBeLessThanOrEqual(20 + 10);
      proceed();
      await consumed;
      await dispatcher.drain();
      expect([sent, await bench.pending()]).toEqual([200, 0]);
    });

    it("shares the entries of its group with another consumer", async () => {
      const total = 500;
      await bench.add(total);
      const stop = new AbortController();
      const seen: Record<string, number[]> = { a: [], b: [] };
      const work = (consumer: string) =>
        Dispatcher.process(from({ consumer, batchSize: 5, signal: stop.signal }).source, {
          batch: { maxItems: 5, maxAgeMs: 0 },
          maxConcurrency: 1,
          overflow: blockNewItems({ maxItems: 5 }),
          async send({ items }) {
            await sleep(1);
            seen[consumer]?.push(...items.map(numberOf));
            if (Object.values(seen).flat().length >= total) stop.abort();
          },
        });
      await Promise.all([work("a"), work("b")]);
      expect(Object.values(seen).flat().sort(byValue)).toEqual(upTo(total));
      expect(Object.values(seen).map(({ length }) => length > 0)).toEqual([true, true]);
      expect(await bench.pending()).toBe(0);
    });

    it("does not lose an entry to others while its send takes longer than stalledAfterMs", async () => {
      const stalledAfterMs = 300;
      await bench.add(3);
      const stop = new AbortController();
      const seen: number[] = [];
      const work = (consumer: string) =>
        Dispatcher.process(from({ consumer, stalledAfterMs, signal: stop.signal }).source, {
          batch: { maxItems: 3, maxAgeMs: 0 },
          async send({ items }) {
            seen.push(...items.map(numberOf));
            // The subject of the test: three times as long as it takes to look deserted.
            await sleep(3 * stalledAfterMs);
            stop.abort();
          },
        });
      await Promise.all([work("a"), work("b")]);
      expect(seen.sort(byValue)).toEqual([1, 2, 3]);
      expect(await bench.pending()).toBe(0);
    });

    it("hands out a rejected entry again, and moves it to the dead letters after its last delivery", async () => {
      const stalledAfterMs = 50;
      const [firstId] = await bench.add(3);
      const stop = new AbortController();
      const deliveries: Record<number, number[]> = { 1: [], 2: [], 3: [] };
      const times: number[] = [];
      const drops: string[] = [];
      const { source } = from({ stalledAfterMs, maxDeliveries: 3, signal: stop.signal });
      const summary = await Dispatcher.process(source, {
        batch: { maxItems: 1, maxAgeMs: 0 },
        retry: noRetry(),
        onDrop: ({ reason }) => void drops.push(reason),
        send({ items: [entry] }) {
          if (entry === undefined) return;
          const n = numberOf(entry);
          deliveries[n]?.push(entry.deliveries);
          if (n !== 1) return;
          times.push(performance.now());
          if (entry.deliveries === 3) stop.abort();
          throw new Error("poison");
        },
      });
      expect(deliveries).toEqual({ 1: [1, 2, 3], 2: [1], 3: [1] });
      expect(summary).toMatchObject({ accepted: 5, delivered: 2 });
      expect(drops).toEqual(["retries-exhausted", "retries-exhausted", "retries-exhausted"]);
      expect(await bench.pending()).toBe(0);
      expect(await bench.dead()).toEqual([
        {
          n: "1",
          "dead:id": firstId,
          "dead:stream": bench.stream,
          "dead:group": "g",
          "dead:deliveries": "3",
          "dead:reason": "retries-exhausted",
          "dead:error": "Error: poison",
        },
      ]);
      // Between two refreshes it looks up to a third older than it is.
      for (const [index, time] of times.slice(1).entries()) {
        expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual((stalledAfterMs * 2) / 3 - 1);
      }
    });

    it("buries what was handed out often enough and deserted each time, and nothing twice", async () => {
      const [id = ""] = await bench.add(2);
      await bench.redis.xgroup("CREATE", bench.stream, "g", "0");
      await bench.redis.xreadgroup("GROUP", "g", "gone", "COUNT", 1, "STREAMS", bench.stream, ">");
      await bench.redis.call("XCLAIM", bench.stream, "g", "gone", 0, id, "IDLE", 9_000, "RETRYCOUNT", 4, "JUSTID");
      const { next, end } = read({ stalledAfterMs: 5_000, maxDeliveries: 4 });
      expect(numberOf(await next())).toBe(2);
      expect(await bench.dead()).toMatchObject([{ n: "1", "dead:id": id, "dead:deliveries": "4", "dead:reason": "" }]);
      expect((await bench.pendingRows()).map(([pendingId]) => pendingId)).not.toContain(id);
      await end();
    });

    it("has no dead letters if it is told so, and goes on for ever", async () => {
      await bench.add(1);
      const { next, end } = read({ stalledAfterMs: 10, maxDeliveries: 2, deadLetter: false });
      for (const deliveries of [1, 2, 3, 4]) {
        const entry = await next();
        expect(entry.deliveries).toBe(deliveries);
        expect(await entry.reject({ reason: "rejected", attempts: 1 })).toBe(true);
      }
      expect(await bench.dead()).toEqual([]);
      await end();
    });

    it("puts dead letters where it is told to", async () => {
      await bench.add(1);
      const deadLetter = `${bench.stream}:elsewhere`;
      const { next, end } = read({ maxDeliveries: 1, deadLetter });
      expect(await (await next()).reject({ reason: "too-large", attempts: 0 })).toBe(true);
      await end();
      expect(await bench.dead(deadLetter)).toMatchObject([{ n: "1", "dead:reason": "too-large", "dead:error": "" }]);
      await bench.redis.del(deadLetter);
    });

    it("buries an entry with more fields than a script can copy by notes that lead to it", async () => {
      const fields = upTo(4_000).flatMap((n) => [`field ${n}`, "a"]);
      const id = await bench.redis.xadd(bench.stream, "*", ...fields);
      const { next, end } = read({ stalledAfterMs: 10, maxDeliveries: 1 });
      const entry = await next();
      expect(Object.keys(entry.fields)).toHaveLength(4_000);
      expect(await entry.reject({ reason: "rejected", attempts: 1 })).toBe(true);
      await end();
      expect(await bench.dead()).toMatchObject([{ "dead:id": id, "dead:fields": "4000" }]);
      expect(await bench.pending()).toBe(0);
    });

    it("begins with what it had in its hands before it was started again, then takes what others have deserted", async () => {
      await bench.add(6);
      await bench.redis.xgroup("CREATE", bench.stream, "g", "0");
      await bench.redis.xreadgroup("GROUP", "g", "gone", "COUNT", 2, "STREAMS", bench.stream, ">");
      await bench.redis.xreadgroup("GROUP", "g", "c", "COUNT", 2, "STREAMS", bench.stream, ">");
      const [first = "", second = ""] = (await bench.pendingRows()).map(([id]) => id);
      await bench.redis.call("XCLAIM", bench.stream, "g", "gone", 0, first, second, "IDLE", 60_000, "JUSTID");
      const { next, end } = read({ stalledAfterMs: 30_000 });
      const seen: [number, number][] = [];
      for (let n = 0; n < 6; n += 1) {
        const entry = await next();
        seen.push([numberOf(entry), entry.deliveries]);
      }
      expect(seen).toEqual([
        [3, 2],
        [4, 2],
        [1, 2],
        [2, 2],
        [5, 1],
        [6, 1],
      ]);
      await end();
    });

    it("leaves entries alone for which somebody cares", async () => {
      await bench.add(2);
      const one = read({ consumer: "one", batchSize: 1 });
      expect(numberOf(await one.next())).toBe(1);
      const other = read({ consumer: "other" });
      expect(numberOf(await other.next())).toBe(2);
      expect(await bench.pending()).toBe(2);
      await Promise.all([one.end(), other.end()]);
    });

    it("ends by its signal; what it holds is delivered, and what it has only read is free for others at once", async () => {
      await bench.add(30);
      const stop = new AbortController();
      const seen: number[] = [];
      let proceed = (): void => {};
      const gate = new Promise<void>((resolve) => (proceed = resolve));
      const summary = Dispatcher.process(from({ batchSize: 20, signal: stop.signal }).source, {
        batch: { maxItems: 5, maxAgeMs: 0 },
        maxConcurrency: 1,
        overflow: blockNewItems({ maxItems: 10 }),
        async send({ items }) {
          if (seen.length === 0) proceed();
          seen.push(...items.map(numberOf));
          await Promise.resolve();
        },
      });
      await gate;
      stop.abort();
      const { accepted, delivered } = await summary;
      expect(delivered).toBe(accepted);
      expect(seen).toEqual(upTo(accepted));

      const { next, end } = read({ consumer: "other" });
      for (let n = accepted + 1; n <= 30; n += 1) {
        const entry = await next();
        expect([numberOf(entry), entry.deliveries]).toEqual([n, 1]);
      }
      await end();
    });

    it("gives back what a dispatcher that is called off has not sent, and it counts as no delivery", async () => {
      await bench.add(30);
      const abort = new AbortController();
      let begin = (): void => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const drops: number[] = [];
      const processed = Dispatcher.process(from({ batchSize: 20 }).source, {
        batch: { maxItems: 5 },
        maxConcurrency: 1,
        overflow: blockNewItems({ maxItems: 10 }),
        signal: abort.signal,
        onDrop: ({ items }) => void drops.push(...items.map(numberOf)),
        send(_: Batch<StreamEntry>, { signal }) {
          begin();
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("called off")));
          });
        },
      });
      await begun;
      await sleep(20);
      abort.abort(new Error("enough"));
      await expect(processed).rejects.toThrow("enough");
      expect(await bench.pending()).toBe(20);

      const { next, end } = read({ consumer: "other" });
      const counts: Record<number, number> = {};
      for (let n = 0; n < 30; n += 1) {
        const entry = await next();
        counts[numberOf(entry)] = entry.deliveries;
      }
      // Five were in a send, and may have arrived.
      const tried = upTo(5).map((n) => [n, 2]);
      expect(counts).toEqual(
        Object.fromEntries([
          ...tried,
          ...upTo(30)
            .slice(5)
            .map((n) => [n, 1]),
        ]),
      );
      await end();
    });

    it("has told Redis of everything when the summary is there", async () => {
      const total = 200;
      await bench.add(total);
      const stop = new AbortController();
      let sent = 0;
      await Dispatcher.process(from({ signal: stop.signal }).source, {
        batch: { maxItems: 7, maxAgeMs: 0 },
        send({ items }) {
          sent += items.length;
          if (sent === total) stop.abort();
        },
      });
      connected.close();
      expect(await bench.pending()).toBe(0);
      connected = await connect(redisUrl);
    });

    it("is acknowledged by hand, once", async () => {
      await bench.add(2);
      const { next, end } = read();
      const [one, two] = [await next(), await next()];
      const answer = one.acknowledge();
      expect(one.reject({ reason: "rejected", attempts: 1 })).toBe(answer);
      expect(await answer).toBe(true);
      expect((await bench.pendingRows()).map(([id]) => id)).toEqual([two.id]);
      await end();
      expect(await two.acknowledge()).toBe(true);
      expect(await bench.pending()).toBe(0);
    });

    it("makes the group anew when the stream or the group was deleted, and misses nothing", async () => {
      const { source, errors } = from({ from: "$", timeoutMs: 5_000 });
      const iterator = source[Symbol.asyncIterator]();
      const first = iterator.next();
      // The group is there as soon as it can be asked for.
      while ((await bench.redis.exists(bench.stream)) === 0) await sleep(1);
      await bench.add(1);
      await ((await first).value as StreamEntry).acknowledge();
      for (const command of [
        ["DEL", bench.stream],
        ["XGROUP", "DESTROY", bench.stream, "g"],
      ] as const) {
        const heard = errors.length;
        const next = iterator.next();
        const [name, ...args] = command;
        await bench.redis.call(name, ...args);
        if (name === "XGROUP") await bench.redis.xtrim(bench.stream, "MAXLEN", 0);
        await bench.add(1, 7);
        const entry = (await next).value as StreamEntry;
        expect(numberOf(entry)).toBe(7);
        expect(await entry.acknowledge()).toBe(true);
        expect(errors.length).toBeGreaterThan(heard);
      }
      await iterator.return?.();
    });

    it("begins where it is told to", async () => {
      const ids = await bench.add(3);
      const { next, end } = read({ from: ids[1]! });
      expect(numberOf(await next())).toBe(3);
      await end();
    });

    it("does not hand out what was deleted from the stream, nor keeps it pending", async () => {
      const ids = await bench.add(3);
      await bench.redis.xgroup("CREATE", bench.stream, "g", "0");
      await bench.redis.xreadgroup("GROUP", "g", "c", "COUNT", 2, "STREAMS", bench.stream, ">");
      await bench.redis.xdel(bench.stream, ids[0]!);
      const { next, end } = read();
      expect([numberOf(await next()), numberOf(await next())]).toEqual([2, 3]);
      expect((await bench.pendingRows()).map(([id]) => id)).toEqual(ids.slice(1));
      await end();
    });

    it("ends with the error when Redis refuses, which is not to be away", async () => {
      await bench.redis.set(bench.stream, "text");
      const { source, errors } = from();
      await expect(Dispatcher.process(source, { send: () => {} })).rejects.toThrow("WRONGTYPE");
      expect(errors).toEqual([]);
    });

    it("ends with the error when there is no group, if it may not make one", async () => {
      const { source, errors } = from({ createGroup: false });
      await expect(Dispatcher.process(source, { send: () => {} })).rejects.toThrow("NOGROUP");
      expect(errors).toEqual([]);
      expect(await bench.redis.exists(bench.stream)).toBe(0);
    });

    it("has one reader at a time, and may be read again; what is still in its hands is not handed out twice", async () => {
      await bench.add(2);
      const { source } = from({ batchSize: 1 });
      const first = source[Symbol.asyncIterator]();
      const entry = (await first.next()).value as StreamEntry;
      expect(() => source[Symbol.asyncIterator]()).toThrow(TypeError);
      await first.return?.();
      const second = source[Symbol.asyncIterator]();
      expect(numberOf((await second.next()).value as StreamEntry)).toBe(2);
      expect(await entry.acknowledge()).toBe(true);
      await second.return?.();
      expect(await second.next()).toEqual({ done: true, value: undefined });
    });

    it("does nothing at all until somebody reads, nor if its signal was aborted before", async () => {
      const { source } = from({ signal: AbortSignal.abort() });
      expect(await bench.redis.exists(bench.stream)).toBe(0);
      expect(await source[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
      expect(await bench.redis.exists(bench.stream)).toBe(0);
    });

    it("leaves no connection open", async () => {
      const count = async () => String(await bench.redis.client("LIST")).split("\n").length;
      const before = await count();
      const { next, end } = read();
      const waiting = next().catch(() => {});
      while ((await count()) === before) await sleep(1);
      await end();
      await waiting;
      while ((await count()) > before) await sleep(1);
    });
  });

  it("checks its options", () => {
    const client = { send: () => Promise.resolve(null) };
    const good = { client, stream: "s", group: "g", consumer: "c" };
    const make = (wrong: object) => () => redisStreamSource({ ...good, ...wrong });
    expect(make({ client: {} })).toThrow(TypeError);
    for (const name of ["stream", "group", "consumer"]) {
      expect(make({ [name]: "" })).toThrow(`Cannot create a stream source: ${name} must be a string that is not empty`);
    }
    for (const name of ["batchSize", "blockMs", "stalledAfterMs", "maxDeliveries"]) {
      expect(make({ [name]: 0 })).toThrow(`${name} must be a whole number >= 1`);
    }
    expect(make({ deadLetter: "s" })).toThrow('deadLetter must be another stream, got "s"');
    expect(make({ from: "now" })).toThrow('from must be "0", "$" or the id of an entry, got "now"');
    expect(make({ createGroup: 1 })).toThrow("createGroup must be true or false, got 1");
    expect(make({ onError: 1 })).toThrow("onError must be a function");
    expect(make({ signal: 1 })).toThrow("signal must be an AbortSignal");
    const cluster = { ...client, isCluster: true };
    expect(make({ client: cluster, deadLetter: "other" })).toThrow('deadLetter must be a key in the slot of "s"');
    expect(make({ client: cluster, deadLetter: "{s}:other" })).not.toThrow();
    expect(make({ client: cluster, stream: "a}b", deadLetter: false })).not.toThrow();
    expect(make({ maxDeliveries: Infinity })).not.toThrow();
  });
});
