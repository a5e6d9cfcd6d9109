import type { Row, Stage } from "../study.ts";

/** Somebody who takes part in a study. */
export interface Participant<SetUp> {
  readonly name: string;
  readonly kind: Row["kind"];
  /** The package of the folder `peers` that it comes from. */
  readonly from?: string;
  /** @param module - What `from` exports. */
  readonly open: (module: never) => SetUp;
}

/** What is known of a row beforehand. */
interface Frame {
  /** Its first cells: under what circumstances it was measured. */
  readonly lead?: readonly string[];
  /** How many cells it has, those included. */
  readonly width: number;
}

/**
 * A participant's row. A peer that is not there, or fails, has one that says so; what goes wrong with ours ends the study.
 *
 * @param measure - Resolves with the cells after the first ones.
 */
export async function rowOf<SetUp>(
  { name, kind, from, open }: Participant<SetUp>,
  stage: Stage,
  { lead = [], width }: Frame,
  measure: (setUp: SetUp) => Promise<Row["cells"]>,
): Promise<Row> {
  const module = from === undefined ? undefined : await stage.load(from);
  const saying = (text: string): Row => {
    const blanks = new Array<string>(width - lead.length - 1).fill("");
    return { name, kind, cells: [...lead, text, ...blanks] };
  };
  if (from !== undefined && module === undefined) return saying("not installed");
  try {
    // Peers may not be installed, so their own types cannot be looked at.
    return { name, kind, cells: [...lead, ...(await measure(open(module as never)))] };
  } catch (error) {
    if (kind !== "peer") throw error;
    return saying(`FAILS: ${error instanceof Error ? error.message : String(error)}`);
  }
}
