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

  --input FILE      NDJSON to replay
  --rows N          how many flights to replay, up to 3,000,000 (200000)
  --serve           keep serving
  --port N          0 takes a free one (0)
  --host ADDRESS    where to listen (127.0.0.1: this machine only)
  --data DIR        folder of the embedded database, reports and archives (apps/demo/.data)
  --require FIELDS  fields that every event must have, separated by commas
  --help            this text

DATABASE_URL=postgres://... stores in that PostgreSQL server instead of the embedded one.
REDIS_URL=redis://... is what several gateways of one PostgreSQL server share.
A replay starts from an empty table, "replayed_events", which it drops first. Serving alone uses "events" and keeps it.
`;

/** @throws UsageError */
export function parseArguments(argv: readonly string[], folder: string): Arguments {
  const values = parse(argv);
  const input = values.input === undefined ? undefined : resolve(folder, nonEmpty("--input", values.input));
  if (input !== undefined && values.rows !== undefined) {
    throw new UsageError("--rows is about the flights and does not go with --input");
  }
  return {
    help: values.help ?? false,
    input,
    rows: wholeNumber("--rows", values.rows ?? "200000", 1, 3_000_000),
    serve: values.serve ?? false,
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

function nonEmpty(flag: string, text: string): string {
  if (text !== "") return text;
  throw new UsageError(`${flag} must not be empty`);
}
