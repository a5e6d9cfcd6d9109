import { describe, expect, it } from "vitest";
import { fieldCounts } from "../field-counts.ts";
import { idOf, withIds } from "./with-ids.ts";

async function sent(...lines: string[]): Promise<string[]> {
  const source = {
    title: "test",
    total: undefined,
    question: fieldCounts,
    async *events() {
      for (const [index, line] of lines.entries()) yield { at: index + 1, bytes: Buffer.from(line) };
    },
  };
  const found: string[] = [];
  for await (const frame of withIds(source).events()) {
    expect(idOf(frame)).toBe(idOf({ at: frame.at, bytes: Buffer.from(lines[frame.at - 1] ?? "") }));
    found.push(frame.bytes.toString());
  }
  return found;
}

describe("withIds", () => {
  it("gives an id to each event that has none, and changes nothing else", async () => {
    expect(await sent('{"n":1.50}', " {} ", '{"id":null,"n":1}')).toEqual([
      '{"id":"line-1","n":1.50}',
      '{"id":"line-2"} ',
      '{"id":"line-3","n":1}',
    ]);
  });

  it.each(['{"id":7}', '{"n":1, "id":"a"}', "[]", '{"n":', "7"])("leaves %s as it is", async (line) => {
    expect(await sent(line)).toEqual([line]);
  });
});
