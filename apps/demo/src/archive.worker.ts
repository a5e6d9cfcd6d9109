import { defineTasks, taskSignal } from "@disp/core/threads";
import { writeArchive, type ArchiveJob } from "./write-archive.ts";
import type { Archive } from "./report-files.ts";

export const tasks = defineTasks({
  archive: (job: ArchiveJob): Promise<Archive> => writeArchive(job, taskSignal()),
});
