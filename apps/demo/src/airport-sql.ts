import { MAX_NAME_LENGTH } from "./airport-name.ts";
import { quoted } from "./quoted.ts";
import type { TableChoice } from "./store.ts";

const MAX_DELAY_MINUTES = 100_000;
const PAGE_ROWS = 4_000;
const PAGE_BYTES = 2 ** 19;

/** Over rows of events. */
export const FIGURES = `
  count(*)::int as flights,
  coalesce(sum(delay_minutes), 0)::float8 as delay_minutes,
  (count(*) filter (where delay_minutes > 0))::int as delayed,
  ${timeText("max(occurred_at)")} as last_event`;

/** One event, as it stands in an archive; put together by hand, which costs half of what `json_build_object` does. */
const LINE = `concat(
  '{"id":', to_json(id), ',"occurred_at":', coalesce('"' || ${timeText("occurred_at")} || '"', 'null'),
  ',"delay_minutes":', coalesce(delay_minutes::text, 'null'), ',"payload":', payload, '}')`;

/**
 * What an event means for an airport is said here and nowhere else: by columns that the database fills itself, also for
 * rows that were there before the columns. The two levels of `case` matter: a cast must not see what it would refuse.
 */
export function airportsMigration({ table, fresh }: TableChoice): string {
  const events = quoted(table);
  const airports = airportsOf(table);
  return `
    alter table ${events}
      add column if not exists airport text generated always as (
        case when jsonb_typeof(payload->'origin') = 'string'
          and char_length(payload->>'origin') between 1 and ${MAX_NAME_LENGTH} then payload->>'origin' end
      ) stored,
      add column if not exists delay_minutes int generated always as (
        case when jsonb_typeof(payload->'delay') = 'number' then
          case when abs((payload->'delay')::numeric) <= ${MAX_DELAY_MINUTES} then round((payload->'delay')::numeric) end
        end
      ) stored;
    create index if not exists ${quoted(`${table}_by_airport`)} on ${events} (airport, id) where airport is not null;
    ${fresh ? `drop table if exists ${airports};` : ""}
    create table if not exists ${airports} (
      airport text primary key,
      version int not null,
      flights int not null,
      delay_minutes float8 not null,
      delayed int not null,
      last_event text
    );
    alter table ${airports} add column if not exists token bigint not null default 0;`;
}

/** What is asked of the rows of airports and of the events behind them. */
export function airportStatements(table: string) {
  const events = quoted(table);
  const airports = airportsOf(table);
  const figures = "flights, delay_minutes, delayed, last_event";
  return {
    load: `select version, ${figures} from ${airports} where airport = $1`,
    count: `select count(*)::int as airports from ${airports}`,
    rows: `select airport, ${figures} from ${airports}`,
    figures: `select airport, ${FIGURES} from ${events} where airport is not null group by airport`,
    // The running sum ends a page early when its events are large. What it adds up is their size on disk, which may be
    // compressed: that is known without looking at them.
    page: `
      with page as materialized (
        select id, occurred_at, delay_minutes, payload,
          sum(pg_column_size(payload)) over (order by id rows unbounded preceding) - pg_column_size(payload) as before
        from (
          select id, occurred_at, delay_minutes, payload from ${events}
          where airport = $1 and id > $2 order by id limit ${PAGE_ROWS}
        ) as next
      )
      select string_agg(${LINE} || E'\\n', '' order by id) as text, max(id) as last_id,
        count(*) = (select count(*) from page) and count(*) < ${PAGE_ROWS} as is_last
      from page where before < ${PAGE_BYTES}`,
    lineSums: `
      select airport, sum(('x' || left(md5(${LINE}), 8))::bit(32)::bigint)::text as sum
      from ${events} where airport is not null group by airport`,
  };
}

/** The table with a row for each airport. */
export function airportsOf(table: string): string {
  return quoted(`${table}_airports`);
}

function timeText(time: string): string {
  return `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
