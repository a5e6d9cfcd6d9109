import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Arguments {
  readonly help: boolean;
  /** Replay this file instead of the flights. */
  readonly input: string | undefined;
  readonly rows: number;
  readonly serve: boolean;
  /** Empty the table that is served first. */
  readonly fresh: boolean;
  /** Show what so many gateways do when one of them is killed; undefined: one gateway, that nobody kills. */
  readonly gateways: number | undefined;
  /** Serve this table; undefined: the usual one. */
  readonly table: string | undefined;
  /** How often a report is built at most, in seconds. */
  readonly hold: number;
  readonly host: string;
  readonly port: number;
  /** Folder of PGlite, of reports and of archives; undefined: the app's own. */
  readonly data: string | undefined;
  readonly required: readonly string[];
}

export const HELP = `An ingest gateway: events come in over HTTP, are batched, and go into PostgreSQL.

  pnpm demo                       replay 200,000 real flights through the gateway and check the result
  pnpm demo --input FILE.ndjson   the same with your own file: one JSON object per line
  pnpm demo --serve --port 8080   just serve, until SIGTERM or Ctrl-C; with --input, replay first
  pnpm demo --gateways 2          replay through two gateways, kill one in the middle, and check the result

  --input FILE      NDJSON to replay
  --rows N          how many flights to replay, up to 3,000,000 (200000)
  --serve           keep serving
  --fresh           with --serve: start with an empty table, and without its reports and archives
  --gateways N      how many gateways share the work, 2 to 8; needs PostgreSQL and Redis
  --port N          0 takes a free one (0)
  --host ADDRESS    where to listen (127.0.0.1: this machine only)
  --data DIR        folder of the embedded database, reports and archives (apps/demo/.data)
  --table NAME      what to store in, with --serve (events)
  --hold SECONDS    how often the report of an airport is built at most (30)
  --require FIELDS  fields that every event must have, separated by commas
  --help            this text

While it runs, its page is on http://HOST:PORT/: it shows what the gateway does, and has controls to disturb it.

DATABASE_URL=postgres://... stores in that PostgreSQL server instead of the embedded one.
REDIS_URL=redis://... is what several gateways of one PostgreSQL server share.
With --gateways, servers of its own are started for what is not given, if PostgreSQL and Redis are installed.
A replay starts from an empty table, "replayed_events", which it drops first. Serving alone uses "events" and keeps it,
unless --fresh is given.
`;

/** @throws UsageError */
export function parseArguments(argv: readonly string[], folder: string): Arguments {
  const values = parse(argv);
  const input = values.input === undefined ? undefined : resolve(folder, nonEmpty("--input", values.input));
  if (input !== undefined && values.rows !== undefined) {
    throw new UsageError("--rows is about the flights and does not go with --input");
  }
  const replays = input !== undefined || values.serve !== true;
  if (values.table !== undefined && replays) throw new UsageError("--table goes with --serve, and not with a replay");
  if (values.fresh === true && replays) throw new UsageError("--fresh goes with --serve: a replay always begins anew");
  if (values.gateways !== undefined && (values.serve === true || values.port !== undefined)) {
    throw new UsageError(
      "--gateways takes ports that are free and ends by itself: it does not go with --serve or --port",
    );
  }
  return {
    help: values.help ?? false,
    input,
    rows: wholeNumber("--rows", values.rows ?? "200000", 1, 3_000_000),
    serve: values.serve ?? false,
    fresh: values.fresh ?? false,
    gateways: values.gateways === undefined ? undefined : wholeNumber("--gateways", values.gateways, 2, 8),
    table: values.table === undefined ? undefined : tableName(values.table),
    hold: wholeNumber("--hold", values.hold ?? "30", 1, 86_400),
    host: nonEmpty("--host", values.host ?? "127.0.0.1"),
    port: wholeNumber("--port", values.port ?? "0", 0, 65_535),
    data: values.data === undefined ? undefined : resolve(folder, nonEmpty("--data", values.data)),
    required: (values.require ?? "").split(",").filter((field) => field !== ""),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      // `pnpm demo -- --serve` hands the separator on.
      args: argv.filter((argument) => argument !== "--"),
      options: {
        input: { type: "string" },
        rows: { type: "string" },
        serve: { type: "boolean" },
        fresh: { type: "boolean" },
        gateways: { type: "string" },
        table: { type: "string" },
        hold: { type: "string" },
        host: { type: "string" },
        port: { type: "string" },
        data: { type: "string" },
        require: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}

/** Shorter than what the database allows: the names of other tables and of indexes begin with it. */
function tableName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,47}$/.test(name)) return name;
  throw new UsageError(`--table must be up to 48 lower-case letters, digits and _, got ${JSON.stringify(name)}`);
}

function nonEmpty(flag: string, text: string): string {
  if (text !== "") return text;
  throw new UsageError(`${flag} must not be empty`);
}
