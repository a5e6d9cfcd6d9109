import type { Case, Contender, Play } from "./case.ts";
import type { Timing, Weight } from "./rounds.ts";
import { median, spread } from "./statistics.ts";

/** How rounds are made: by the clock in `rounds.ts`, by hand in tests. */
export interface Instruments {
  readonly check: (play: Play, count: number) => Promise<void>;
  readonly time: (play: Play, count: number, hasThreads: boolean) => Promise<Timing>;
  readonly allocate: (play: Play, count: number) => Promise<number>;
  readonly weigh: (play: Play, count: number) => Promise<Weight>;
  /** Loads what a contender comes from. Resolves with undefined where that is not installed. */
  readonly load: (from: string) => Promise<unknown>;
}

export interface Plan {
  /** Rounds before it counts. */
  readonly warmups: number;
  readonly rounds: number;
  /** Sets of rounds at most, while the spread says that something disturbs. The quietest set counts. */
  readonly sets: number;
  /** The spread that is taken for quiet. */
  readonly quiet: number;
  /** Rounds for what is allocated, and as many for what is held. */
  readonly weighings: number;
}

export const PLAN: Plan = Object.freeze({ warmups: 4, rounds: 9, sets: 2, quiet: 0.08, weighings: 3 });

export interface Measured extends Weight {
  readonly ns: number;
  /** Bytes per item. */
  readonly allocated: number;
  readonly spread: number;
  /** Of ours, and of peers, to the floor: the median over the rounds, in each of which both took part. */
  readonly toFloor: number | undefined;
  /** Of the floor, and of peers, to the first of ours, likewise. */
  readonly toOurs: number | undefined;
  /** Nanoseconds per item spent waiting for a core, not in `ns` unless threads take part. */
  readonly waitNs: number;
}

export interface ContenderResult {
  readonly name: string;
  readonly kind: Contender["kind"];
  /** Why there is no measurement, or that its result was right where none was made. */
  readonly state: "measured" | "right" | "absent" | { readonly failed: string };
  readonly measured: Measured | undefined;
}

export interface CaseResult {
  readonly name: string;
  readonly goal: Case["goal"];
  /** Sets of rounds that were made. More than one: the machine was busy. */
  readonly sets: number;
  readonly contenders: readonly ContenderResult[];
}

const LEAST_CHECKED = 50;

/** Somebody at the start. Who does wrong, in the check or later, is out, and is shown with what it did. */
class Runner {
  readonly contender: Contender;
  readonly count: number;
  state: ContenderResult["state"] = "right";
  play: Play = () => undefined;
  timings: Timing[] = [];
  allocated = 0;
  weight: Weight = { waiting: undefined, emptied: undefined };

  constructor(contender: Contender, count: number) {
    this.contender = contender;
    this.count = Math.ceil(count * contender.share);
  }

  get isIn(): boolean {
    return this.state === "right";
  }

  /** Does something that may go wrong. */
  async attempt<R>(action: () => R | Promise<R>): Promise<R | undefined> {
    if (!this.isIn) return undefined;
    try {
      return await action();
    } catch (error) {
      this.state = { failed: error instanceof Error ? error.message : String(error) };
      return undefined;
    }
  }
}

/** Checks what everybody computes, and no more. */
export async function checkCase(aCase: Case, instruments: Instruments): Promise<CaseResult> {
  const runners = await line(aCase, instruments);
  await closeAll(runners);
  return result(aCase, runners, 0, () => undefined);
}

/**
 * Checks what everybody computes, then measures those who did it right. They take turns, in one process. All cases are
 * timed before the first is weighed, since weighing spoils the timing (`weigh` in rounds.ts says why).
 *
 * @param onTimed - Called when a case is timed.
 */
export async function runCases(
  cases: readonly Case[],
  instruments: Instruments,
  plan: Plan = PLAN,
  onTimed: (aCase: Case) => void = () => undefined,
): Promise<CaseResult[]> {
  const heats: Heat[] = [];
  for (const aCase of cases) {
    heats.push(await timeCase(aCase, instruments, plan));
    onTimed(aCase);
  }
  const results: CaseResult[] = [];
  for (const { aCase, runners, sets } of heats) {
    for (const runner of runners) await runner.attempt(() => weighOften(runner, instruments, plan));
    await closeAll(runners);
    const base = firstOf("floor", runners);
    const first = firstOf("ours", runners);
    results.push(result(aCase, runners, sets, (runner) => measured(runner, base, first)));
  }
  return results;
}

/** A case that is timed. */
interface Heat {
  readonly aCase: Case;
  readonly runners: readonly Runner[];
  readonly sets: number;
}

async function timeCase(aCase: Case, instruments: Instruments, plan: Plan): Promise<Heat> {
  const runners = await line(aCase, instruments);
  for (let i = 0; i < plan.warmups; i++) await roundOf(aCase, runners, i, instruments);
  const sets = await timeUntilQuiet(aCase, runners, instruments, plan);
  for (const runner of runners) await runner.attempt(() => allocateOften(runner, instruments, plan));
  await closeAll(runners);
  return { aCase, runners, sets };
}

/** Who failed may have threads as well. */
async function closeAll(runners: readonly Runner[]): Promise<void> {
  for (const { play } of runners) await play.close?.();
}

async function line(aCase: Case, { check, load }: Instruments): Promise<Runner[]> {
  const runners = aCase.contenders.map((contender) => new Runner(contender, aCase.count));
  for (const runner of runners) {
    const { contender } = runner;
    const { from } = contender;
    const module = from === undefined ? undefined : await runner.attempt(() => load(from));
    if (from !== undefined && module === undefined && runner.isIn) runner.state = "absent";
    await runner.attempt(async () => {
      runner.play = contender.open(module);
      // Who gets few items in a round need not get more in the check.
      await check(runner.play, Math.min(aCase.checkCount, Math.max(LEAST_CHECKED, runner.count)));
    });
  }
  return runners;
}

function firstOf(kind: Contender["kind"], runners: readonly Runner[]): Runner | undefined {
  return runners.find(({ contender, isIn }) => isIn && contender.kind === kind);
}

/** @returns how many sets it took; the timings of the quietest are left with the runners. */
async function timeUntilQuiet(
  aCase: Case,
  runners: readonly Runner[],
  instruments: Instruments,
  plan: Plan,
): Promise<number> {
  let quietest = Infinity;
  let best: Timing[][] = [];
  let sets = 0;
  while (sets < plan.sets && quietest > plan.quiet) {
    for (const runner of runners) runner.timings = [];
    for (let i = 0; i < plan.rounds; i++) await roundOf(aCase, runners, i, instruments);
    sets++;
    const noise = noiseOf(runners);
    if (noise >= quietest && best.length > 0) continue;
    quietest = noise;
    best = runners.map(({ timings }) => timings);
  }
  for (const [index, runner] of runners.entries()) runner.timings = best[index] ?? [];
  return sets;
}

/** Everybody once, each time from another start: who comes after whom should not matter. */
async function roundOf(
  { hasThreads = false }: Case,
  runners: readonly Runner[],
  turn: number,
  { time }: Instruments,
): Promise<void> {
  for (let i = 0; i < runners.length; i++) {
    const runner = runners[(i + turn) % runners.length] as Runner;
    const timing = await runner.attempt(() => time(runner.play, runner.count, hasThreads));
    if (timing !== undefined) runner.timings.push(timing);
  }
}

/** Peers may be as unsteady as they like: ours and the floor tell whether the machine is. */
function noiseOf(runners: readonly Runner[]): number {
  const steady = runners.filter(({ contender, isIn }) => isIn && contender.kind !== "peer");
  return Math.max(0, ...steady.map(({ timings }) => spread(timings.map(({ ns }) => ns))));
}

async function allocateOften(runner: Runner, { allocate }: Instruments, plan: Plan): Promise<void> {
  const allocated: number[] = [];
  for (let i = 0; i < plan.weighings; i++) allocated.push(await allocate(runner.play, runner.count));
  runner.allocated = median(allocated);
}

async function weighOften(runner: Runner, { weigh }: Instruments, plan: Plan): Promise<void> {
  const weights: Weight[] = [];
  for (let i = 0; i < plan.weighings; i++) weights.push(await weigh(runner.play, runner.count));
  const middle = (pick: (weight: Weight) => number | undefined) => {
    const values = weights.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  runner.weight = { waiting: middle(({ waiting }) => waiting), emptied: middle(({ emptied }) => emptied) };
}

function measured(runner: Runner, base: Runner | undefined, first: Runner | undefined): Measured | undefined {
  const { timings, contender, allocated, weight } = runner;
  if (!runner.isIn) return undefined;
  return {
    ns: median(timings.map(({ ns }) => ns)),
    spread: spread(timings.map(({ ns }) => ns)),
    toFloor: contender.kind === "floor" ? undefined : ratioOf(runner, base),
    toOurs: contender.kind === "ours" ? undefined : ratioOf(runner, first),
    waitNs: median(timings.map(({ waitNs }) => waitNs)),
    allocated,
    ...weight,
  };
}

/** Round by round, since both had the same machine then. */
function ratioOf({ timings }: Runner, other: Runner | undefined): number | undefined {
  if (other === undefined) return undefined;
  return median(timings.map(({ ns }, index) => ns / (other.timings[index]?.ns ?? Number.NaN)));
}

function result(
  aCase: Case,
  runners: readonly Runner[],
  sets: number,
  measure: (runner: Runner) => Measured | undefined,
): CaseResult {
  const contenders = runners.map((runner): ContenderResult => {
    const { name, kind } = runner.contender;
    const figures = measure(runner);
    return { name, kind, state: figures === undefined ? runner.state : "measured", measured: figures };
  });
  return { name: aCase.name, goal: aCase.goal, sets, contenders };
}
