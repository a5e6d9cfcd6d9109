import { NO_SCALES, Scales, type Weighing } from "../heap.ts";
import type { Row, Stage } from "../study.ts";
import { WrongResultError } from "../wrong-result.ts";

/** Something that holds so many things at a time. */
export interface Holder {
  /** Puts so many in. They must still be there when it returns, or resolves. */
  fill(count: number): void | Promise<void>;
  /** Lets all go. @throws WrongResultError unless all came out. */
  empty(): void | Promise<void>;
}

/** Somebody whose memory is weighed. */
export interface Subject {
  readonly name: string;
  readonly kind: Row["kind"];
  /** What has to be loaded first, and may not be there. */
  readonly from: string | undefined;
  /** Bytes of each thing that may stay where it was, for the next ones. */
  readonly keeps: number;
  /** @param module - What `from` exports. */
  readonly open: (module: unknown) => Holder;
}

/** Sizes of ours, and of those peers that can. */
export const SIZES: readonly number[] = [1_000, 100_000, 1_000_000];

export const COLUMNS: readonly string[] = [
  ...SIZES.map((size) => `at ${size.toLocaleString("en")}, B each`),
  "left KB",
];

/** Enough for code that was compiled meanwhile, far too little for what a million items would leave behind. */
const MOST_LEFT = 512 * 1_024;

const WARM_UP = 5_000;

/** With fewer things at a time, so many are spread over several holders: or what the engine itself takes would count. */
const FEW = 50_000;

export function ours(name: string, open: () => Holder, keeps = 0): Subject {
  return { name, kind: "ours", from: undefined, keeps, open };
}

export function peer(name: string, from: string, open: (module: never) => Holder): Subject {
  // Peers may not be installed, so their own types cannot be looked at.
  return { name, kind: "peer", from, keeps: Infinity, open: open as Subject["open"] };
}

/** A row for each subject: bytes for each thing at each size, and what is left when all have gone. */
export async function weighAll(subjects: readonly Subject[], stage: Stage): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subject of subjects) rows.push(await weigh(subject, stage));
  return rows;
}

async function weigh(subject: Subject, stage: Stage): Promise<Row> {
  const { name, kind, from } = subject;
  try {
    const module = from === undefined ? undefined : await stage.load(from);
    const isAbsent = from !== undefined && module === undefined;
    return { name, kind, cells: isAbsent ? COLUMNS.map(() => "not installed") : await cellsOf(subject, module, stage) };
  } catch (error) {
    // Ours may not fail. A peer that does is shown with it.
    if (kind === "ours") throw error;
    return { name, kind, cells: [`FAILS: ${String(error)}`, ...SIZES.map(() => "")] };
  }
}

async function cellsOf(subject: Subject, module: unknown, { isSmoke }: Stage): Promise<(number | string)[]> {
  await weighAt(subject, module, isSmoke ? 100 : WARM_UP, 1, () => NO_SCALES);
  if (isSmoke) return COLUMNS.map(() => "");
  const cells: (number | string)[] = [];
  let leftKb = 0;
  for (const size of SIZES) {
    const holders = Math.max(1, FEW / size);
    const { each, left } = await weighAt(subject, module, size, holders, () => new Scales());
    if (left > MOST_LEFT + subject.keeps * size) {
      throw new WrongResultError(`${subject.name} kept ${left} bytes after ${size} had gone`);
    }
    cells.push(each);
    leftKb = left / 1_024;
  }
  return [...cells, leftKb];
}

async function weighAt(
  { open }: Subject,
  module: unknown,
  size: number,
  count: number,
  weighing: () => Weighing,
): Promise<{ readonly each: number; readonly left: number }> {
  const holders = Array.from({ length: count }, () => open(module));
  const scales = weighing();
  // What is put in synchronously is weighed in the same turn, before it can begin to leave.
  const fillings = holders.map((holder) => holder.fill(size)).filter((filling) => filling !== undefined);
  if (fillings.length > 0) await Promise.all(fillings);
  const each = scales.grown() / (size * count);
  for (const holder of holders) await holder.empty();
  const left = scales.grown() / count;
  // Used once more: they work as before, and were not collected before they were weighed.
  for (const holder of holders) {
    await holder.fill(1);
    await holder.empty();
  }
  return { each, left };
}
