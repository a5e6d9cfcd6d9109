/** An answer's rows: texts and whole numbers, so that two of them can be compared exactly. */
export type AnswerRow = Readonly<Record<string, string | number>>;

/** One question that can be put to the table in SQL, and to the events one after another in plain code. */
export interface Question {
  readonly title: string;
  /** Gives the same rows in the same order as a {@link Tally}'s `rows` does for the same events. */
  sql(table: string): string;
  tally(): Tally;
  /** What a person sees of the rows. */
  show(rows: readonly AnswerRow[]): string[];
}

export interface Tally {
  add(event: Readonly<Record<string, unknown>>): void;
  rows(): AnswerRow[];
}
