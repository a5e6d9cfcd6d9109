import type { Job } from "bullmq";
import { describe, expect, it } from "vitest";
import { ABANDONED, AT_WORK, Attempt, type BullMqData, SETTLING } from "./bullmq-attempt.ts";
import { Run } from "./run.ts";

const jobOf = (fields: object) =>
  ({ id: "0-7", data: { key: "a", arg: "x" }, attemptsMade: 0, stalledCounter: 0, ...fields }) as unknown as Job<
    BullMqData<string>,
    void
  >;

describe("Attempt", () => {
  it("is known to BullMQ by the job's id, and to whoever runs it by the key", () => {
    const attempt = new Attempt(jobOf({ stalledCounter: 2 }), "mine");
    expect(attempt).toMatchObject({ key: "a", id: "0-7", token: "mine", stalls: 2 });
    expect(attempt.run.key).toBe("a");
  });

  it("counts from 1, and not the times that the job was left behind", () => {
    expect(new Attempt(jobOf({ stalledCounter: 3 }), "mine").number).toBe(1);
    const third = new Attempt(jobOf({ attemptsMade: 2 }), "mine");
    expect([third.number, third.run.attempt]).toEqual([3, 3]);
  });

  it("begins at work, with no pause and a signal of its own, and its states come in order", () => {
    const [one, other] = [new Attempt(jobOf({}), "mine"), new Attempt(jobOf({}), "mine")];
    expect([one.state, one.pauseMs]).toEqual([AT_WORK, 0]);
    expect([ABANDONED, SETTLING, AT_WORK].sort()).toEqual([AT_WORK, SETTLING, ABANDONED]);
    Run.abort(one.run, "enough");
    expect([one.run.signal.aborted, other.run.signal.aborted]).toEqual([true, false]);
  });
});
