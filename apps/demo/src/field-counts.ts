import type { AnswerRow, Question, Tally } from "./question.ts";

const SHOWN = 15;

/** Which fields do the events have, and how often? It can be asked of any JSON objects. */
export const fieldCounts: Question = {
  title: "Events by field",
  sql: (table) => `
    select field, count(*)::int as events
    from ${table}, jsonb_object_keys(payload) as field
    group by 1
    order by events desc, field collate "C"`,
  tally: () => new FieldTally(),
  show(rows) {
    const most = rows.slice(0, SHOWN).map(({ field, events }) => {
      return `${Number(events).toLocaleString("en-US").padStart(12)}  ${String(field)}`;
    });
    return rows.length > SHOWN ? [...most, `... and ${rows.length - SHOWN} more fields`] : most;
  },
};

class FieldTally implements Tally {
  readonly #fields = new Map<string, number>();

  add(event: Readonly<Record<string, unknown>>): void {
    for (const field of Object.keys(event)) this.#fields.set(field, (this.#fields.get(field) ?? 0) + 1);
  }

  rows(): AnswerRow[] {
    return [...this.#fields]
      .map(([field, events]) => ({ field, events }))
      .sort((a, b) => b.events - a.events || Buffer.compare(Buffer.from(a.field), Buffer.from(b.field)));
  }
}
