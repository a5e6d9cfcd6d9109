import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { normalize, THREAD_WORKERS_DEFAULTS, type ThreadWorkersOptions } from "./options.ts";

const FILE = import.meta.filename;
const URL_OF_FILE = pathToFileURL(FILE);

describe("the options of thread workers", () => {
  it("are filled from frozen defaults, undefined ones too", () => {
    expect(Object.isFrozen(THREAD_WORKERS_DEFAULTS)).toBe(true);
    expect(normalize(FILE, { graceMs: undefined, name: undefined })).toMatchObject(THREAD_WORKERS_DEFAULTS);
  });

  it("take absolute paths, file: URLs and data: URLs", () => {
    const urls = [FILE, URL_OF_FILE, URL_OF_FILE.href].map((url) => normalize(url, {}).url.href);
    expect(new Set(urls)).toEqual(new Set([URL_OF_FILE.href]));
    expect(normalize(new URL("data:text/javascript,"), {}).url.protocol).toBe("data:");
  });

  it.each(["./worker.js", "worker.js", "", 5, null, undefined])("take no relative path: %s", (url) => {
    expect(() => normalize(url as string, {})).toThrow('such as new URL("./worker.js", import.meta.url), got');
  });

  it("take no other URLs", () => {
    expect(() => normalize(new URL("https://example.com/worker.js"), {})).toThrow(
      new TypeError(
        'Cannot make thread workers: url must be a file: or data: URL, got "https://example.com/worker.js"',
      ),
    );
    expect(() => normalize("file://elsewhere/worker.js", {})).toThrow(TypeError);
  });

  it("are copies: what happens to the caller's objects later does not count", () => {
    const url = new URL(URL_OF_FILE);
    const env: Record<string, string> = { A: "1" };
    const execArgv = ["--no-warnings"];
    const options = normalize(url, { env, execArgv });
    url.pathname = "/elsewhere";
    env["A"] = "2";
    execArgv.pop();
    expect(options).toMatchObject({ url: URL_OF_FILE, env: { A: "1" }, execArgv: ["--no-warnings"] });
  });

  it("have names that are known", () => {
    expect(() => normalize(FILE, { maxOldGenerationMB: 64 } as ThreadWorkersOptions)).toThrow(
      /, got an object with "maxOldGenerationMB"$/,
    );
  });

  it.each<[ThreadWorkersOptions, string]>([
    [{ maxOldGenerationMb: 0 }, "maxOldGenerationMb must be a number > 0, got 0"],
    [{ graceMs: -1 }, "graceMs must be a number >= 0 or Infinity, got -1"],
    [{ startTimeoutMs: 0 }, "startTimeoutMs must be a number > 0 or Infinity, got 0"],
    [{ lookahead: 1.5 }, "lookahead must be a whole number >= 0, got 1.5"],
    [{ lookahead: Infinity }, "lookahead must be a whole number >= 0, got Infinity"],
    [{ name: 5 as never }, "name must be a string, got 5"],
    [{ env: "A=1" as never }, 'env must be an object, got "A=1"'],
    [{ execArgv: "--inspect" as never }, 'execArgv must be an array, got "--inspect"'],
    [{ execArgv: [1 as never] }, "execArgv[0] must be a string, got 1"],
    [{ graceMs: null as never }, "graceMs must be a number >= 0 or Infinity, got null"],
    [{ startTimeoutMs: null as never }, "startTimeoutMs must be a number > 0 or Infinity, got null"],
    [{ lookahead: null as never }, "lookahead must be a whole number >= 0, got null"],
    [{ name: null as never }, "name must be a string, got null"],
    [{ env: null as never }, "env must be an object, got null"],
    [{ execArgv: null as never }, "execArgv must be an array, got null"],
    [5 as never, "options must be an object with only maxOldGenerationMb, graceMs, "],
    [null as never, "options must be an object with only maxOldGenerationMb, graceMs, "],
  ])("must be right: %o", (options, complaint) => {
    expect(() => normalize(FILE, options)).toThrow(`Cannot make thread workers: ${complaint}`);
  });
});
