import fc from "fast-check";

/** What an operation does, besides writing down that it ran. */
export type Deed = "add" | "look" | "throw" | "add later" | "throw later";
/** How a call of the database ends. */
export type Answer = "succeed" | "fail" | "conflict";

export type Step =
  | { readonly do: "run"; readonly key: number; readonly deed: Deed; readonly withSignal: boolean }
  | { readonly do: "abort"; readonly which: number }
  | { readonly do: "answer"; readonly which: number; readonly answer: Answer }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "stop"; readonly timeoutMs: number };

export interface Scenario {
  readonly lanes: number;
  readonly minDurationMs: number;
  readonly maxDurationMs: number;
  readonly maxOperations: number;
  readonly conflictRetries: number;
  /** Which calls of the database answer at once: sync answers, in turn; undefined = later. */
  readonly answers: readonly (Answer | undefined)[];
  readonly steps: readonly Step[];
}

const answer: fc.Arbitrary<Answer> = fc.constantFrom("succeed", "succeed", "succeed", "conflict", "fail");

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("run" as const),
      key: fc.nat({ max: 3 }),
      deed: fc.constantFrom<Deed>("add", "add", "add", "look", "throw", "add later", "throw later"),
      withSignal: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat({ max: 20 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat({ max: 3 }), answer }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 12 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("stop" as const), timeoutMs: fc.constantFrom(0, 3, 20, Infinity) }),
  },
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  lanes: fc.integer({ min: 1, max: 3 }),
  minDurationMs: fc.constantFrom(0, 0, 5),
  maxDurationMs: fc.constantFrom(4, 15, 1_000, Infinity),
  maxOperations: fc.constantFrom(1, 2, 3, Infinity),
  conflictRetries: fc.nat({ max: 3 }),
  answers: fc.array(fc.option(answer, { nil: undefined }), { minLength: 1, maxLength: 6 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
});
