import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PageSender, receivePages } from "./pages.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe("pages", () => {
  let here: MessagePort;
  let there: MessagePort;
  const forever = new AbortController().signal;

  beforeEach(() => {
    ({ port1: here, port2: there } = new MessageChannel());
  });
  afterEach(() => {
    here.close();
  });

  async function received(signal = forever): Promise<string[]> {
    const texts: string[] = [];
    for await (const page of receivePages(there, signal)) texts.push(new TextDecoder().decode(page));
    return texts;
  }

  it("come in order, each once, and at most one before it is needed", async () => {
    let made = 0;
    let taken = 0;
    async function* pages(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (; made < 5; made++) {
        expect(made - taken).toBeLessThanOrEqual(1);
        yield bytes(`page ${made}`);
      }
    }
    new PageSender(here, pages());
    for await (const page of receivePages(there, forever)) {
      expect(new TextDecoder().decode(page)).toBe(`page ${taken}`);
      taken++;
    }
    expect(taken).toBe(5);
  });

  it("may be none", async () => {
    new PageSender(here, { next: () => Promise.resolve({ done: true, value: undefined }) });
    expect(await received()).toEqual([]);
  });

  it("end with an error on both sides when the next one cannot be had", async () => {
    const error = new Error("the database is away");
    async function* failing(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      yield bytes("first");
      await Promise.reject(error);
    }
    const sender = new PageSender(here, failing());
    await expect(received()).rejects.toThrow("got a closed port");
    expect(sender.failure).toEqual({ error });
  });

  it("end when the other side has closed before anybody listened", async () => {
    here.close();
    await expect(received()).rejects.toThrow("got a closed port");
  });

  it("end when the signal says so", async () => {
    const controller = new AbortController();
    const outcome = received(controller.signal);
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
  });
});
