import type { AnswerRow } from "./question.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";

/** What the table should hold, computed from the source alone. */
export interface Expectation {
  readonly events: number;
  /** Undefined: which of several events with one id is kept depends on which came first, so no answer can be foretold. */
  readonly rows: readonly AnswerRow[] | undefined;
}

/** Reads the source once more, without the gateway and the database. */
export async function expectationOf(source: Source): Promise<Expectation> {
  const tally = source.question.tally();
  const texts = new Map<string, string>();
  let events = 0;
  let isAmbiguous = false;
  for await (const { bytes } of source.events()) {
    const text = bytes.toString("utf8");
    const event = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const id = event["id"];
    if (typeof id === "string" || typeof id === "number") {
      const known = texts.get(String(id));
      if (known !== undefined) {
        isAmbiguous ||= known !== text;
        continue;
      }
      texts.set(String(id), text);
    }
    events++;
    tally.add(event);
  }
  return { events, rows: isAmbiguous ? undefined : tally.rows() };
}

/** What the table does hold. */
export interface Finding {
  readonly events: number;
  readonly rows: readonly AnswerRow[];
}

export async function find(store: Store, table: string, source: Source): Promise<Finding> {
  const [counted] = await store.query(`select count(*)::int as events from ${table}`);
  const rows = (await store.query(source.question.sql(table))) as AnswerRow[];
  return { events: Number(counted?.["events"]), rows };
}

/** Lines for people, none when all is as it should be. */
export function differences(expected: Expectation, found: Finding): string[] {
  const lines: string[] = [];
  if (expected.events !== found.events) lines.push(`events: ${expected.events} in the file, ${found.events} stored`);
  if (expected.rows === undefined) return lines;
  const length = Math.max(expected.rows.length, found.rows.length);
  for (let i = 0; i < length && lines.length < 10; i++) {
    const [want, got] = [textOf(expected.rows[i]), textOf(found.rows[i])];
    if (want !== got) lines.push(`row ${i + 1}: ${want} from the file, ${got} from the database`);
  }
  return lines;
}

function textOf(row: AnswerRow | undefined): string {
  if (row === undefined) return "nothing";
  return JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}
