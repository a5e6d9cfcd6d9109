import { WrongResultError } from "./wrong-result.ts";

/** A measurement that is no race: latencies, costs that grow, what a fault does. It ends in a table of its own. */
export interface Study {
  readonly name: string;
  /** What is done, and what the columns say: one or two sentences. */
  readonly about: string;
  /** Titles of the columns, with their units. */
  readonly columns: readonly string[];
  /**
   * Does it, and checks what came of it.
   *
   * @throws WrongResultError if one of ours loses something, sees it twice, or holds what it should not.
   */
  run(stage: Stage): Promise<readonly Row[]>;
}

export interface Stage {
  /** Whether the check is all that counts: as few items as possible, and no figure will be looked at. */
  readonly isSmoke: boolean;
  /** Loads a peer. Resolves with undefined where that is not installed. */
  load(from: string): Promise<unknown>;
}

export interface Row {
  readonly name: string;
  readonly kind: "ours" | "floor" | "peer";
  /** A figure for each column. Text is shown as it is. */
  readonly cells: readonly (number | string)[];
}

export interface StudyResult {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What went wrong, if that is so. */
  readonly failed: string | undefined;
}

/** Never rejects: what goes wrong is in the result. */
export async function runStudy(study: Study, stage: Stage): Promise<StudyResult> {
  const { name, about, columns } = study;
  try {
    const rows = await study.run(stage);
    const crooked = rows.find(({ cells }) => cells.length !== columns.length);
    if (crooked !== undefined) throw new WrongResultError(`"${crooked.name}" needs ${columns.length} cells`);
    return { name, about, columns, rows, failed: undefined };
  } catch (error) {
    return { name, about, columns, rows: [], failed: error instanceof Error ? error.message : String(error) };
  }
}
