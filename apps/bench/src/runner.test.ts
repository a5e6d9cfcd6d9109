import { describe, expect, it } from "vitest";
import { builtIn, type Case, type Contender, floor, ours, peer, type Play } from "./case.ts";
import { type CaseResult, checkCase, type Instruments, type Plan, runCases } from "./runner.ts";
import { expectSame } from "./wrong-result.ts";

const PLAN: Plan = { warmups: 0, rounds: 3, sets: 3, quiet: 0.1, weighings: 1 };
const NOTHING: Play = () => undefined;

function caseOf(...contenders: Contender[]): Case {
  return { name: "a case", count: 100, checkCount: 5, goal: { ns: 1, floorNs: 1 }, contenders };
}

async function runCase(aCase: Case, instruments: Instruments, plan: Plan): Promise<CaseResult> {
  const [result] = await runCases([aCase], instruments, plan);
  return result!;
}

/** Instruments that play, and say what they are told to: the last answer again and again. */
class FakeInstruments implements Instruments {
  readonly log: string[] = [];
  readonly answers = new Map<Play, number[]>();
  load: Instruments["load"] = () => Promise.resolve(undefined);

  readonly check = async (play: Play, count: number): Promise<void> => {
    this.log.push(`check ${count}`);
    await play({ count, isThorough: true, start() {}, stop() {}, weigh() {} });
  };

  readonly time = async (play: Play, count: number) => {
    await play({ count, isThorough: false, start() {}, stop() {}, weigh() {} });
    const answers = this.answers.get(play) ?? [1];
    const [ns = 1] = answers.length > 1 ? answers.splice(0, 1) : answers;
    this.log.push(`time ${count}: ${ns}`);
    return { ns, waitNs: 0 };
  };

  readonly allocate = async () => 7;

  readonly weigh = async () => {
    this.log.push("weigh");
    return { waiting: 3, emptied: undefined };
  };

  says(...ns: number[]): Play {
    const play: Play = () => undefined;
    this.answers.set(play, ns);
    return play;
  }
}

describe("the check", () => {
  it("finds one of ours that does wrong, and says what", async () => {
    const wrong = ours("broken", ({ count }) => expectSame("items", count - 1, count));
    const { contenders } = await checkCase(caseOf(floor(NOTHING), wrong), new FakeInstruments());
    expect(contenders.map(({ state }) => state)).toEqual(["right", { failed: "Wrong result: items must be 5, got 4" }]);
  });

  it("times nothing", async () => {
    const instruments = new FakeInstruments();
    await checkCase(caseOf(floor(NOTHING), ours("ours", NOTHING)), instruments);
    expect(instruments.log).toEqual(["check 5", "check 5"]);
  });

  it("shows a peer that cannot be loaded as failing", async () => {
    const instruments = new FakeInstruments();
    instruments.load = (name) => Promise.reject(new Error(`${name} is broken`));
    const { contenders } = await checkCase(caseOf(peer("p", "p", () => NOTHING)), instruments);
    expect(contenders[0]?.state).toEqual({ failed: "p is broken" });
  });

  it("goes on without peers where they are not installed", async () => {
    const aCase = caseOf(
      floor(NOTHING),
      peer("p", "p", () => NOTHING),
      builtIn("b", NOTHING),
    );
    const { contenders } = await checkCase(aCase, new FakeInstruments());
    expect(contenders.map(({ state }) => state)).toEqual(["right", "absent", "right"]);
  });

  it("hands the peer's exports to the case", async () => {
    const instruments = new FakeInstruments();
    instruments.load = (name) => Promise.resolve({ name });
    let seen = "";
    const open = (module: { name: string }) => () => {
      seen = module.name;
    };
    await checkCase(caseOf(peer("p", "the-package", open)), instruments);
    expect(seen).toBe("the-package");
  });
});

describe("a run", () => {
  it("lets everybody take turns, each round from another start", async () => {
    const instruments = new FakeInstruments();
    const contenders = [floor(instruments.says(1)), ours("b", instruments.says(2)), ours("c", instruments.says(3))];
    await runCase(caseOf(...contenders), instruments, PLAN);
    const order = instruments.log.filter((line) => line.startsWith("time")).map((line) => line.at(-1));
    expect(order.join("")).toBe("123231312");
  });

  it("leaves out of the timing who failed the check, and shows it", async () => {
    const instruments = new FakeInstruments();
    const broken = builtIn("broken", () => expectSame("x", 1, 2));
    const { contenders } = await runCase(caseOf(floor(instruments.says(1)), broken), instruments, PLAN);
    expect(instruments.log.filter((line) => line.startsWith("time"))).toHaveLength(PLAN.rounds);
    expect(contenders[1]).toMatchObject({ state: { failed: "Wrong result: x must be 2, got 1" }, measured: undefined });
  });

  it("throws out who does wrong in a timed round only", async () => {
    const instruments = new FakeInstruments();
    const late = ours("late", ({ isThorough }) => expectSame("thorough", isThorough, true));
    const { contenders } = await runCase(caseOf(floor(instruments.says(1)), late), instruments, PLAN);
    expect(contenders[1]?.state).toEqual({ failed: "Wrong result: thorough must be true, got false" });
  });

  it("takes the median, and the ratio to the floor round by round", async () => {
    const instruments = new FakeInstruments();
    const contenders = [floor(instruments.says(10, 20, 40)), ours("ours", instruments.says(20, 40, 80))];
    const plan = { ...PLAN, sets: 1 };
    const result = await runCase(caseOf(...contenders), instruments, plan);
    expect(result.contenders[1]?.measured).toMatchObject({
      ns: 40,
      toFloor: 2,
      spread: 0.75,
      allocated: 7,
      waiting: 3,
    });
    expect(result.contenders[0]?.measured).toMatchObject({ toFloor: undefined, toOurs: 0.5 });
    expect(result.contenders[1]?.measured?.toOurs).toBeUndefined();
  });

  it("repeats noisy rounds until they are quiet", async () => {
    const instruments = new FakeInstruments();
    const aCase = caseOf(floor(instruments.says(10, 50, 90, 10, 10, 10)));
    const { sets, contenders } = await runCase(aCase, instruments, PLAN);
    expect(sets).toBe(2);
    expect(contenders[0]?.measured).toMatchObject({ ns: 10, spread: 0 });
  });

  it("gives up after some sets, and takes the quietest", async () => {
    const instruments = new FakeInstruments();
    const aCase = caseOf(floor(instruments.says(10, 50, 90, 10, 12, 14, 10, 30, 50)));
    const { sets, contenders } = await runCase(aCase, instruments, PLAN);
    expect(sets).toBe(3);
    expect(contenders[0]?.measured?.ns).toBe(12);
  });

  it("does not repeat anything for an unsteady peer", async () => {
    const instruments = new FakeInstruments();
    const aCase = caseOf(floor(instruments.says(1)), builtIn("unsteady", instruments.says(10, 50, 90)));
    const { sets } = await runCase(aCase, instruments, PLAN);
    expect(sets).toBe(1);
  });

  it("gives slow ones fewer items", async () => {
    const instruments = new FakeInstruments();
    await runCase(caseOf(builtIn("slow", instruments.says(1), 0.1)), instruments, { ...PLAN, rounds: 1 });
    expect(instruments.log).toEqual(["check 5", "time 10: 1", "weigh"]);
  });

  it("weighs nobody before everybody is timed", async () => {
    const instruments = new FakeInstruments();
    const cases = [caseOf(floor(instruments.says(1))), caseOf(floor(instruments.says(2)))];
    const results = await runCases(cases, instruments, { ...PLAN, rounds: 1 });
    expect(instruments.log).toEqual(["check 5", "time 100: 1", "check 5", "time 100: 2", "weigh", "weigh"]);
    expect(results.map(({ contenders }) => contenders[0]?.measured?.ns)).toEqual([1, 2]);
  });
});
