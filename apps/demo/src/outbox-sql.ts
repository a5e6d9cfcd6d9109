import { airportsOf, FIGURES } from "./airport-sql.ts";
import { quoted } from "./quoted.ts";
import type { TableChoice } from "./store.ts";

const SUMS = "flights, delay_minutes, delayed, last_event";

/**
 * The outbox: what is stored and not yet in the row of its airport. A table that was there before it gets its rows computed
 * from the events, once; airports that have no row yet begin in the outbox.
 */
export function outboxMigration({ table, fresh }: TableChoice): string {
  const events = quoted(table);
  const airports = airportsOf(table);
  const shares = sharesOf(table);
  return `
    ${fresh ? `drop table if exists ${shares};` : ""}
    do $$ begin
      if to_regclass('${shares}') is not null then return; end if;
      create table ${shares} (
        airport text not null,
        id bigint generated always as identity,
        added_at timestamptz not null default now(),
        flights int not null,
        delay_minutes float8 not null,
        delayed int not null,
        last_event text,
        primary key (airport, id)
      );
      delete from ${airports} where airport not in (select airport from ${events} where airport is not null);
      with counted as (
        select airport, ${FIGURES} from ${events} where airport is not null group by airport
      ), known as (
        update ${airports} as row set version = row.version + 1, flights = counted.flights,
          delay_minutes = counted.delay_minutes, delayed = counted.delayed, last_event = counted.last_event
        from counted where counted.airport = row.airport
      )
      insert into ${shares} (airport, ${SUMS})
      select airport, ${SUMS} from counted where airport not in (select airport from ${airports});
    end $$;`;
}

/**
 * Parts of a `with`: writes down what the rows of `inserted` add to each airport. It is one statement with their insert, so
 * both happen or none: an insert whose answer got lost has left its shares if it has left its events, and when it is
 * repeated it inserts nothing, so it adds nothing.
 */
export function sharing(table: string): string {
  return `
    added as (
      select airport, ${FIGURES} from inserted group by airport
    ), shared as (
      insert into ${sharesOf(table)} (airport, ${SUMS})
      select airport, ${SUMS} from added where airport is not null
    )`;
}

/** What is asked of the outbox. */
export function outboxStatements(table: string) {
  const airports = airportsOf(table);
  const shares = sharesOf(table);
  return {
    // Two at once: the second one waits for the first at a share or at the row, counts no share that the first one has taken,
    // and adds to what the row is by then. A token that is too old makes a null, which the column refuses: that undoes the
    // whole statement, so nothing was taken.
    save: `
      with taken as (delete from ${shares} where airport = $1 returning ${SUMS})
      insert into ${airports} as row (airport, version, token, ${SUMS})
      select $1, 1, coalesce($2::bigint, 0),
        sum(flights)::int, sum(delay_minutes), sum(delayed)::int, max(last_event collate "C")
      from taken having count(*) > 0
      on conflict (airport) do update set
        version = row.version + 1,
        token = case when row.token <= coalesce($2::bigint, row.token) then coalesce($2::bigint, row.token) end,
        flights = row.flights + excluded.flights,
        delay_minutes = row.delay_minutes + excluded.delay_minutes,
        delayed = row.delayed + excluded.delayed,
        last_event = greatest(row.last_event collate "C", excluded.last_event collate "C")`,
    // However much waits for airports beyond the limit: once there are so many rows, nobody looks at it.
    waiting: `
      select airport from ${airports} as row where exists (
        select from ${shares} as share where share.airport = row.airport and added_at <= now() - $1 * interval '1 ms')
      union all (
        select airport from ${shares} as share
        where added_at <= now() - $1 * interval '1 ms'
          and not exists (select from ${airports} as row where row.airport = share.airport)
        group by airport order by sum(flights) desc, airport collate "C"
        limit greatest(0, $2 - (select count(*) from ${airports})))`,
  };
}

function sharesOf(table: string): string {
  return quoted(`${table}_shares`);
}
