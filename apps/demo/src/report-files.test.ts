import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NOTHING } from "./airport-figures.ts";
import { fileNameOf, ReportFiles } from "./report-files.ts";

describe("fileNameOf", () => {
  it("leaves the codes of airports as they are", () => {
    expect(["LAX", "O", "KJFK", "7A9"].map(fileNameOf)).toEqual(["LAX", "O", "KJFK", "7A9"]);
  });

  it.each([
    "",
    ".",
    "..",
    "a/b",
    "C:\\x",
    "nul",
    "NUL",
    "COM1",
    "lax",
    "LAX ",
    "LAX.",
    "A".repeat(17),
    "Ä",
    "\0",
    "%2e",
  ])("makes something harmless of %j", (name) => {
    expect(fileNameOf(name)).toMatch(/^other-[0-9a-f]{64}$/);
  });

  it("gives no two airports one file, not even where small and capital letters are the same", () => {
    const name = fc.oneof(fc.string({ unit: "binary", maxLength: 64 }), fc.constantFrom("LAX", "lax", "Lax", "other-"));
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [one, other] = [fileNameOf(a).toLowerCase(), fileNameOf(b).toLowerCase()];
        expect(one === other).toBe(a === b);
        expect(one).toMatch(/^[0-9a-z-]{1,80}$/);
      }),
    );
  });
});

describe("ReportFiles", () => {
  let folder: string;
  let files: ReportFiles;
  const archive = { ...NOTHING, events: 0, bytes: 0, archiveBytes: 1, sha256: "" };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "disp-reports-"));
    files = new ReportFiles(folder, "events");
    await files.open({ fresh: false });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("puts an archive and its report in their places", async () => {
    await writeFile(files.partOf("LAX", 1), "z");
    const report = await files.publish("LAX", 1, archive);
    expect(report).toMatchObject({ airport: "LAX", archive: "archive/events/LAX.ndjson.gz" });
    expect(await files.read("LAX")).toEqual(report);
    expect(await readFile(files.archiveOf(report), "utf8")).toBe("z");
    expect(await readdir(join(folder, "archive/events"))).toEqual(["LAX.ndjson.gz"]);
    expect(await readdir(join(folder, "reports/events"))).toEqual(["LAX.json"]);
    expect(await files.read("SFO")).toBeUndefined();
  });

  it("throws away what a crash has left unfinished, and everything when it starts afresh", async () => {
    await writeFile(files.partOf("LAX", 1), "z");
    await files.publish("LAX", 1, archive);
    await writeFile(files.partOf("LAX", 2), "half");
    await utimes(files.partOf("LAX", 2), 0, 0);
    const others = new ReportFiles(folder, "events").partOf("LAX", 2);
    await writeFile(others, "half, but another gateway is at it");
    await files.open({ fresh: false });
    expect((await readdir(join(folder, "archive/events"))).sort()).toEqual([basename(others), "LAX.ndjson.gz"].sort());
    await files.open({ fresh: true });
    expect(await readdir(join(folder, "archive/events"))).toEqual([]);
    expect(await files.read("LAX")).toBeUndefined();
  });
});
