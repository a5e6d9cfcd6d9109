import { expect, it } from "vitest";
import { follow, listenForUncaught } from "./observe.ts";

it("follows promises, and leaves no rejection unhandled", async () => {
  const uncaught = listenForUncaught();
  const followed = [follow(Promise.resolve(1)), follow(Promise.reject(new Error("no"))), follow(new Promise(() => {}))];
  const caught = await uncaught.stop();
  expect([followed.map(({ state }) => state), caught]).toEqual([["resolved", "rejected", "pending"], []]);
});

it("collects what would end the process, and gives others their ears back", async () => {
  const before = process.listeners("unhandledRejection");
  const uncaught = listenForUncaught();
  void Promise.reject(new Error("nobody listens"));
  expect(await uncaught.stop()).toEqual([new Error("nobody listens")]);
  expect(process.listeners("unhandledRejection")).toEqual(before);
});
