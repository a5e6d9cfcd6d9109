import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha1 } from "./sha1.ts";

it.each(["", "abc", "return 'ключ 🗝️'"])("names the text %j as Redis does", async (text) => {
  expect(await sha1(text)).toBe(createHash("sha1").update(text).digest("hex"));
});
