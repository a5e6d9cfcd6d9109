import type { Row, Stage } from "./study.ts";

/** Somebody who takes part in a study. */
export interface Participant<SetUp> {
  readonly name: string;
  readonly kind: Row["kind"];
  /** The package of the folder `peers` that it comes from. */
  readonly from?: string;
  /** @param module - What `from` exports. */
  readonly open: (module: never) => SetUp;
}

/**
 * A participant's row. A peer that is not there, or fails, has one that says so; what goes wrong with ours ends the study.
 *
 * @param width - How many cells a row has.
 */
export async function rowOf<SetUp>(
  { name, kind, from, open }: Participant<SetUp>,
  stage: Stage,
  width: number,
  measure: (setUp: SetUp) => Promise<Row["cells"]>,
): Promise<Row> {
  const module = from === undefined ? undefined : await stage.load(from);
  const saying = (text: string): Row => ({ name, kind, cells: [text, ...new Array<string>(width - 1).fill("")] });
  if (from !== undefined && module === undefined) return saying("not installed");
  try {
    // Peers may not be installed, so their own types cannot be looked at.
    return { name, kind, cells: await measure(open(module as never)) };
  } catch (error) {
    if (kind !== "peer") throw error;
    return saying(`FAILS: ${error instanceof Error ? error.message : String(error)}`);
  }
}
