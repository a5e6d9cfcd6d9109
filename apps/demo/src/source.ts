import type { Frame } from "./frame.ts";
import type { Question } from "./question.ts";

/** Events to replay. */
export interface Source {
  /** For people. */
  readonly title: string;
  /** How many there are; undefined: not known before the end. */
  readonly total: number | undefined;
  /** Every call starts over. A frame's `at` is its line in the file. */
  events(): AsyncIterable<Frame>;
  /** What to ask the database afterwards. */
  readonly question: Question;
}
