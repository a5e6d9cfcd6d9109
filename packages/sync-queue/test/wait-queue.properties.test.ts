import { WaitQueue } from "@disp/sync-queue";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Step = { do: "wait" | "resolve" | "reject" | "resolveAll" | "rejectAll" } | { do: "abort"; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ do: "wait" as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("resolve" as const, "reject" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("resolveAll" as const, "rejectAll" as const) }) },
);

/** The line and its model, an array of those who wait, driven by the same steps. */
class Twins {
  readonly #waiting: number[] = [];
  readonly #expected: string[] = [];
  readonly #settled: string[] = [];
  readonly #aborted: number[] = [];
  readonly #left: number[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #line = new WaitQueue<string, number>({ onAbort: (data) => this.#left.push(data) });

  run(next: Step): void {
    if (next.do === "wait") this.#wait();
    else if (next.do === "abort") this.#abort(next.which);
    else this.#serve(next.do);
    expect(this.#line.size).toBe(this.#waiting.length);
    expect([this.#line.front?.data, this.#line.back?.data]).toEqual([this.#waiting[0], this.#waiting.at(-1)]);
  }

  async finish(): Promise<void> {
    this.run({ do: "resolveAll" });
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    expect(this.#settled).toEqual(this.#expected);
    expect(this.#left).toEqual(this.#aborted);
  }

  #wait(): void {
    const id = this.#controllers.push(new AbortController()) - 1;
    const { signal } = this.#controllers[id]!;
    this.#line.wait(id, id % 3 === 0 ? undefined : { signal }).then(
      (value) => this.#settled.push(`${id} ${value}`),
      (reason: unknown) => this.#settled.push(`${id} ${String(reason)}`),
    );
    this.#waiting.push(id);
  }

  /** Aborts anybody's signal: those who brought it and still wait leave. */
  #abort(which: number): void {
    const id = which % Math.max(1, this.#controllers.length);
    this.#controllers[id]?.abort("aborted");
    const place = id % 3 === 0 ? -1 : this.#waiting.indexOf(id);
    if (place === -1) return;
    this.#waiting.splice(place, 1);
    this.#expected.push(`${id} aborted`);
    this.#aborted.push(id);
  }

  #serve(how: "resolve" | "reject" | "resolveAll" | "rejectAll"): void {
    const served = this.#waiting.splice(0, how.endsWith("All") ? this.#waiting.length : 1);
    this.#expected.push(...served.map((id) => `${id} ${how}`));
    if (how === "resolve") this.#line.front?.resolve(how);
    else if (how === "reject") this.#line.front?.reject(how);
    else if (how === "resolveAll") this.#line.resolveAll(how);
    else this.#line.rejectAll(how);
  }
}

describe("WaitQueue against an array", () => {
  it("settles everybody once and in order, whoever leaves in between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const twins = new Twins();
        for (const next of steps) twins.run(next);
        await twins.finish();
      }),
      { numRuns: 200 },
    );
  });
});
