import {
  BatchFailedError,
  type BatchMetric,
  BatchProcessor,
  OperationCancelledError,
  ProcessorStoppedError,
  unchanged,
} from "@disp/batch-processor";
import { vi } from "vitest";
import { delay } from "./store.ts";
import type { Answer, Deed, Scenario, Step } from "./scenario.ts";

/** What is loaded and saved: which operations it has seen. Negative numbers are the changes of others. */
interface Ledger {
  ids: number[];
}

/** A call of the database that has not answered. */
interface PendingCall {
  readonly signal: AbortSignal;
  readonly answer: (answer: Answer) => void;
}

/** What a lane does, as the database and the operations see it. */
interface LaneView {
  key: string | undefined;
  resource: Ledger | undefined;
  doing: "nothing" | "load" | "operations" | "an operation" | "save";
}

/** One call of `run`, and what became of it. */
export interface RunView {
  readonly id: number;
  readonly key: string;
  readonly deed: Deed;
  readonly abort: AbortController | undefined;
  readonly ranBeforeAbort: () => boolean;
  calls: number;
  endings: number;
  result?: unknown;
  error?: unknown;
}

class Conflict extends Error {}
class Refusal extends Error {}
class Mine extends Error {}

/** A processor, its database, and the books of both. Whatever is wrong is written down in `faults`. */
export class Rehearsal {
  readonly faults: string[] = [];
  readonly runs: RunView[] = [];
  readonly metrics: BatchMetric[] = [];
  readonly rows: Map<string, number[]> = new Map();
  readonly outsiders: Map<string, number[]> = new Map();
  readonly pending: PendingCall[] = [];
  readonly processor: BatchProcessor<Ledger>;
  readonly stops: Promise<void>[] = [];
  isStopped = false;
  readonly #scenario: Scenario;
  readonly #lanes: LaneView[];
  #calls = 0;
  #outsiders = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { lanes, minDurationMs, maxDurationMs, maxOperations, conflictRetries } = scenario;
    this.#lanes = Array.from({ length: lanes }, () => ({ key: undefined, resource: undefined, doing: "nothing" }));
    this.processor = new BatchProcessor<Ledger>({
      lanes,
      laneForKey: (key) => Number(key) % lanes,
      minDurationMs,
      maxDurationMs,
      maxOperations,
      conflictRetries,
      isConflict: (error) => error instanceof Conflict,
      load: (key, { signal }) => this.#load(key, signal),
      save: (key, resource, { signal }) => this.#save(key, resource, signal),
    });
    this.processor.subscribe((metric) => this.metrics.push(metric));
  }

  must(isTrue: boolean, fault: string): void {
    if (!isTrue) this.faults.push(fault);
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case "run":
        this.#run(step.key, step.deed, step.withSignal);
        break;
      case "abort":
        this.runs[step.which]?.abort?.abort("the test");
        break;
      case "answer":
        this.#answer(step.which, step.answer);
        break;
      case "pass":
        await vi.advanceTimersByTimeAsync(step.ms);
        break;
      case "stop":
        this.stop(step.timeoutMs);
        break;
    }
  }

  stop(timeoutMs: number): void {
    const stopped = this.processor.stop({ timeoutMs });
    this.stops.push(stopped);
    void stopped.then(() => {
      this.isStopped = true;
    });
  }

  /** The calls that have not answered do so now, the newest last. */
  answerAll(answer: Answer): void {
    for (let left = this.pending.length; left > 0; left -= 1) this.#answer(0, answer);
  }

  #answer(which: number, answer: Answer): void {
    this.pending.splice(which, 1)[0]?.answer(answer);
  }

  #lane(key: string): LaneView {
    return this.#lanes[Number(key) % this.#lanes.length] as LaneView;
  }

  #load(key: string, signal: AbortSignal): Ledger | Promise<Ledger> {
    const lane = this.#lane(key);
    this.must(!["load", "save", "an operation"].includes(lane.doing), `load ${key} while the lane does ${lane.doing}`);
    this.must(!this.isStopped, `load ${key} after stop`);
    lane.key = key;
    lane.resource = undefined;
    lane.doing = "load";
    return this.#call(signal, (answer) => {
      lane.doing = "nothing";
      this.#mayFail(key, answer);
      lane.doing = "operations";
      lane.resource = { ids: [...(this.rows.get(key) ?? [])] };
      return lane.resource;
    });
  }

  #save(key: string, resource: Ledger, signal: AbortSignal): void | Promise<void> {
    const lane = this.#lane(key);
    this.must(lane.doing === "operations" && lane.key === key, `save ${key} while ${lane.doing} ${lane.key}`);
    this.must(lane.resource === resource, `save ${key} of another resource`);
    this.must(!this.isStopped, `save ${key} after stop`);
    lane.doing = "save";
    return this.#call(signal, (answer) => {
      lane.doing = "nothing";
      this.#mayFail(key, answer);
      this.rows.set(key, [...resource.ids]);
    });
  }

  /** A conflict comes of somebody else who changes the row. */
  #mayFail(key: string, answer: Answer): void {
    if (answer === "fail") throw new Refusal();
    if (answer === "succeed") return;
    const id = -(this.#outsiders += 1);
    this.rows.set(key, [...(this.rows.get(key) ?? []), id]);
    this.outsiders.set(key, [...(this.outsiders.get(key) ?? []), id]);
    throw new Conflict();
  }

  #call<T>(signal: AbortSignal, respond: (answer: Answer) => T): T | Promise<T> {
    const { answers } = this.#scenario;
    const atOnce = answers[this.#calls++ % answers.length];
    if (atOnce !== undefined) return respond(atOnce);
    return new Promise((resolve, reject) => {
      const answer = (kind: Answer): void => {
        try {
          resolve(respond(kind));
        } catch (error) {
          reject(error);
        }
      };
      this.pending.push({ signal, answer });
    });
  }

  #run(keyIndex: number, deed: Deed, withSignal: boolean): void {
    const key = `${keyIndex}`;
    const abort = withSignal ? new AbortController() : undefined;
    let hadRun: boolean | undefined;
    const run: RunView = {
      id: this.runs.length,
      key,
      deed,
      abort,
      ranBeforeAbort: () => hadRun ?? true,
      calls: 0,
      endings: 0,
    };
    abort?.signal.addEventListener("abort", () => (hadRun = run.calls > 0));
    this.runs.push(run);
    const settle = (ending: Partial<RunView>): void => {
      run.endings += 1;
      Object.assign(run, ending);
    };
    this.processor
      .run(key, (resource) => this.#operate(run, resource), { signal: abort?.signal })
      .then(
        (result) => settle({ result }),
        (error: unknown) => settle({ error }),
      );
  }

  #operate(run: RunView, resource: Ledger): unknown {
    const lane = this.#lane(run.key);
    this.must(lane.doing === "operations" && lane.key === run.key, `run ${run.id} while ${lane.doing} ${lane.key}`);
    this.must(lane.resource === resource, `run ${run.id} got another resource`);
    this.must(!this.isStopped, `run ${run.id} after stop`);
    this.must(run.endings === 0, `run ${run.id} after its end`);
    this.must(run.calls > 0 || run.abort?.signal.aborted !== true, `run ${run.id} after its abort`);
    run.calls += 1;
    if (run.deed === "add") return resource.ids.push(run.id);
    if (run.deed === "look") return unchanged(resource.ids.length);
    if (run.deed === "throw") throw new Mine();
    lane.doing = "an operation";
    return delay(run.id % 7).then(() => {
      lane.doing = "operations";
      if (run.deed === "throw later") throw new Mine();
      return resource.ids.push(run.id);
    });
  }

  /** Whether the error is one that this run may have got, given what it did. */
  mayHave({ deed, calls, error, ...run }: RunView): boolean {
    if (error instanceof Mine) return calls > 0 && deed.startsWith("throw");
    if (error instanceof OperationCancelledError) return calls === 0 && !run.ranBeforeAbort();
    if (error instanceof ProcessorStoppedError) return this.stops.length > 0;
    return error instanceof BatchFailedError && error.key === run.key && error.cause instanceof Error;
  }
}
