import type { EventRow } from "./events.ts";
import { airportsMigration } from "./airport-sql.ts";
import { outboxMigration, sharing } from "./outbox-sql.ts";
import { quoted } from "./quoted.ts";
import type { Inserted, TableChoice } from "./store.ts";

// One and the same SQL for PGlite and for a PostgreSQL server.

/**
 * Makes the table if it is missing. Several statements in one simple query are one transaction; the lock is for
 * gateways that start at the same moment, since `create table if not exists` alone can collide with itself.
 */
export function migration({ table, fresh }: TableChoice): string {
  const name = quoted(table);
  return `
    set client_min_messages = warning;
    select pg_advisory_xact_lock(4072024);
    ${fresh ? `drop table if exists ${name};` : ""}
    create table if not exists ${name} (
      id text primary key,
      received_at timestamptz not null,
      type text,
      occurred_at timestamptz,
      payload jsonb not null
    );
    ${airportsMigration({ table, fresh })}
    ${outboxMigration({ table, fresh })}`;
}

/**
 * One statement for any number of rows: they travel as one JSON document, so there is one plan and one parameter. They
 * are written in the order of their ids: two statements with ids in common wait for each other, and in two orders
 * they would wait for ever. It answers with how many new rows each airport has got; null has those that belong to none.
 */
export function insertion(table: string): string {
  return `
    with inserted as (
      insert into ${quoted(table)} (id, received_at, type, occurred_at, payload)
      select id, received_at, type, occurred_at, payload
      from json_to_recordset($1::text::json)
        as row(id text, received_at timestamptz, type text, occurred_at timestamptz, payload jsonb)
      order by id collate "C"
      on conflict (id) do nothing
      returning airport, delay_minutes, occurred_at
    ), ${sharing(table)}
    select airport, flights from added`;
}

/** How many rows there are. */
export function counting(table: string): string {
  return `select count(*)::float8 as rows from ${quoted(table)}`;
}

/** What an {@link insertion} has answered. */
export function insertedOf(answer: readonly Record<string, unknown>[]): Inserted {
  const count = answer.reduce((sum, { flights }) => sum + Number(flights), 0);
  return { count, airports: answer.flatMap(({ airport }) => (typeof airport === "string" ? [airport] : [])) };
}

/** The parameter of {@link insertion}. Payloads are JSON texts already and go in as they are. */
export function rowsDocument(rows: readonly EventRow[]): string {
  return `[${rows.map(rowDocument).join(",")}]`;
}

function rowDocument({ id, receivedAt, type, occurredAt, payload }: EventRow): string {
  const columns = JSON.stringify({ id, received_at: receivedAt, type, occurred_at: occurredAt });
  return `${columns.slice(0, -1)},"payload":${payload}}`;
}
