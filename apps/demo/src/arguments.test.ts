import { describe, expect, it } from "vitest";
import { parseArguments, UsageError } from "./arguments.ts";

const parse = (...argv: string[]): unknown => parseArguments(argv, "/home/me");

it("empties the table that is served only when it is told to, and not for a replay, which does so by itself", () => {
  expect(parseArguments(["--serve"], "/").fresh).toBe(false);
  expect(parseArguments(["--serve", "--fresh"], "/").fresh).toBe(true);
  expect(() => parseArguments(["--fresh"], "/")).toThrow("--fresh goes with --serve");
});

describe("parseArguments", () => {
  it("replays the flights on a free port of this machine when told nothing", () => {
    expect(parse()).toEqual({
      help: false,
      fresh: false,
      input: undefined,
      rows: 200_000,
      serve: false,
      gateways: undefined,
      table: undefined,
      hold: 30,
      host: "127.0.0.1",
      port: 0,
      data: undefined,
      required: [],
    });
  });

  it("takes paths from where the person is", () => {
    expect(parse("--input", "a.ndjson", "--data=/d")).toMatchObject({ input: "/home/me/a.ndjson", data: "/d" });
  });

  it("takes flags behind a separator, as package managers hand them on", () => {
    expect(parse("--", "--serve", "--port", "8080", "--require", "a,b")).toMatchObject({
      serve: true,
      port: 8080,
      required: ["a", "b"],
    });
  });

  it.each([
    [["--port", "65536"], '--port must be a whole number from 0 to 65535, got "65536"'],
    [["--port", "x"], '--port must be a whole number from 0 to 65535, got "x"'],
    [["--port", ""], '--port must be a whole number from 0 to 65535, got ""'],
    [["--rows", "0"], "--rows must be a whole number from 1 to 3000000"],
    [["--rows", "5", "--input", "f"], "--rows is about the flights"],
    [["--host", ""], "--host must not be empty"],
    [["--gateways", "1"], '--gateways must be a whole number from 2 to 8, got "1"'],
    [["--gateways", "2", "--serve"], "does not go with --serve"],
    [["--table", "mine"], "--table goes with --serve"],
    [["--serve", "--input", "f", "--table", "mine"], "not with a replay"],
    [["--serve", "--table", "Mine"], "--table must be up to 48 lower-case letters"],
    [["--hold", "0"], "--hold must be a whole number"],
    [["--nonsense"], "--nonsense"],
    [["file"], "file"],
    [["--input"], "--input"],
  ])("refuses %j", (argv, message) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    expect(() => parse(...argv)).toThrow(message);
  });
});
