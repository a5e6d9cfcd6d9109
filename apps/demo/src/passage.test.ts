import { describe, expect, it } from "vitest";
import { Passage } from "./passage.ts";

/** Work that ends when it is told to, and writes down when it began and ended. */
class Works {
  readonly log: string[] = [];
  readonly #ends = new Map<string, () => void>();

  readonly of = (name: string) => async (): Promise<string> => {
    this.log.push(`+${name}`);
    await new Promise<void>((resolve) => this.#ends.set(name, resolve));
    this.log.push(`-${name}`);
    return name;
  };

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}

describe("Passage", () => {
  it("lets one through alone, when those inside are out, and holds up who comes later", async () => {
    const works = new Works();
    const passage = new Passage();
    const all = [passage.pass(works.of("a")), passage.pass(works.of("b"))];
    all.push(passage.alone(works.of("X")), passage.alone(works.of("Y")), passage.pass(works.of("c")));
    await works.end("a");
    expect(works.log).toEqual(["+a", "+b", "-a"]);
    await works.end("b");
    expect(works.log.slice(3)).toEqual(["-b", "+X"]);
    await works.end("X");
    expect(works.log.slice(5)).toEqual(["-X", "+Y"]);
    await works.end("Y");
    expect(works.log.slice(7)).toEqual(["-Y", "+c"]);
    await works.end("c");
    expect(await Promise.all(all)).toEqual(["a", "b", "X", "Y", "c"]);
  });

  it("opens again when work fails", async () => {
    const passage = new Passage();
    const fail = (): Promise<never> => Promise.reject(new Error("no"));
    await expect(passage.pass(fail)).rejects.toThrow("no");
    await expect(passage.alone(fail)).rejects.toThrow("no");
    expect(await passage.pass(() => Promise.resolve(1))).toBe(1);
  });
});
