import { NO_SCALES, Scales, type Weighing } from "./heap.ts";
import type { Row, Stage } from "./study.ts";
import { WrongResultError } from "./wrong-result.ts";

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
  /** What is out of reach for it, since it takes minutes. */
  readonly most: number;
  open(module: unknown): Holder;
}

/** Sizes of ours, and of those peers that can. */
export const SIZES: readonly number[] = [1_000, 100_000, 1_000_000];

export const COLUMNS: readonly string[] = [
  ...SIZES.map((size) => `at ${size.toLocaleString("en")}, B each`),
  "left KB",
];

/** Enough for code that was compiled meanwhile, far too little for what a million items would leave behind. */
const MOST_LEFT = 512 * 1_024;

const WARM_UP = 2_000;

export function ours(name: string, open: () => Holder): Subject {
  return { name, kind: "ours", from: undefined, most: Infinity, open };
}

export function peer(name: string, from: string, open: (module: never) => Holder, most = Infinity): Subject {
  // Peers may not be installed, so their own types cannot be looked at.
  return { name, kind: "peer", from, most, open };
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
  await weighOnce(subject.open(module), isSmoke ? 100 : WARM_UP, NO_SCALES);
  if (isSmoke) return COLUMNS.map(() => "");
  const cells: (number | string)[] = [];
  let leftKb = 0;
  for (const size of SIZES) {
    if (size > subject.most) break;
    const { each, left } = await weighOnce(subject.open(module), size, new Scales());
    if (subject.kind === "ours" && left > MOST_LEFT) {
      throw new WrongResultError(`${subject.name} kept ${left} bytes after ${size} had gone`);
    }
    cells.push(each);
    leftKb = left / 1_024;
  }
  while (cells.length < SIZES.length) cells.push("takes minutes");
  return [...cells, leftKb];
}

async function weighOnce(
  holder: Holder,
  count: number,
  scales: Weighing,
): Promise<{ readonly each: number; readonly left: number }> {
  // What is put in synchronously is weighed in the same turn, before it can begin to leave.
  const filling = holder.fill(count);
  if (filling !== undefined) await filling;
  const each = scales.grown() / count;
  await holder.empty();
  const left = scales.grown();
  // Used once more: it works as before, and it was not collected before it was weighed.
  const again = holder.fill(1);
  if (again !== undefined) await again;
  await holder.empty();
  return { each, left };
}
