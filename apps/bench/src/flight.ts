import { WrongResultError } from "./wrong-result.ts";

/** What becomes of an item on its way to a thread and back. */
export interface Payload<Value> {
  pack(item: number): Value;
  unpack(value: Value): number;
}

/**
 * Keeps so many tasks in flight, until all are done: who lands has the next one sent. A task takes a microsecond at
 * least, so one loop for everybody does no harm.
 */
export class Flight<Value> {
  readonly #count: number;
  readonly #payload: Payload<Value>;
  readonly #send: (value: Value) => void;
  readonly #seen: Uint8Array;
  readonly #landed: Promise<void>;
  #end!: () => void;
  #fail!: (error: unknown) => void;
  #sent = 0;
  #done = 0;
  #isInOrder = true;

  /** @param send - Has `land` called with what came back, or `fail`. */
  constructor(count: number, payload: Payload<Value>, send: (value: Value) => void) {
    this.#count = count;
    this.#payload = payload;
    this.#send = send;
    this.#seen = new Uint8Array(count);
    this.#landed = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  /** Sends the first ones. Resolves when all have landed. */
  start(inFlight: number): Promise<void> {
    for (let left = Math.min(inFlight, this.#count); left > 0; left--) this.#sendNext();
    return this.#landed;
  }

  readonly land = (value: Value): void => {
    const item = this.#payload.unpack(value);
    if (item !== this.#done) this.#isInOrder = false;
    this.#seen[item] = (this.#seen[item] ?? 0) + 1;
    this.#done++;
    if (this.#sent < this.#count) this.#sendNext();
    else if (this.#done === this.#count) this.#end();
  };

  readonly fail = (error: unknown): void => this.#fail(error);

  /** @throws WrongResultError unless each item came back once; in order, too, if that was to be. */
  finish(isInOrder: boolean): void {
    const wrong = this.#seen.findIndex((times) => times !== 1);
    if (wrong !== -1) throw new WrongResultError(`item ${wrong} came back ${this.#seen[wrong]} times`);
    if (isInOrder && !this.#isInOrder) throw new WrongResultError("items came back out of order");
  }

  #sendNext(): void {
    this.#send(this.#payload.pack(this.#sent++));
  }
}
