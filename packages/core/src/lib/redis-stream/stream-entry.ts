import type { Acknowledgeable, Rejection } from "../acknowledgeable.ts";

/** An entry of a Redis stream, in the hands of one consumer until it is acknowledged or rejected. */
export interface StreamEntry extends Acknowledgeable {
  /** Its place in the stream, such as `"1732406400000-0"`. */
  readonly id: string;
  /** What it says. Where a stream has a field of one name twice, this is the last of them. */
  readonly fields: Readonly<Record<string, string>>;
  /** How often it was handed out, to any consumer of the group; 1 = now for the first time. */
  readonly deliveries: number;
  /**
   * The group forgets it. Called for you by a dispatcher. A second call, or one after `reject`, changes nothing.
   *
   * @returns whether Redis was told; false = it refused, or was away when the source had been closed: the entry may come
   * again.
   */
  acknowledge(): Promise<boolean>;
  /**
   * It was not delivered. It stays pending and is handed out again, to any consumer of the group, once it has stalled; with
   * the reason `"aborted"` at once. After its last delivery it goes to the dead letters. Called for you by a dispatcher.
   *
   * @returns whether Redis was told what there was to tell.
   */
  reject(rejection: Rejection): Promise<boolean>;
}

/** An entry as the stream had it. */
export interface RawEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly deliveries: number;
}

/** Who keeps entries until they are settled. */
export interface EntryKeeper {
  acknowledge(id: string): Promise<boolean>;
  reject(entry: RawEntry, rejection: Rejection): Promise<boolean>;
}

/** An entry that knows who keeps it, and is settled once. */
export class KeptEntry implements StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly deliveries: number;
  readonly #keeper: EntryKeeper;
  #answer: Promise<boolean> | undefined;

  constructor({ id, fields, deliveries }: RawEntry, keeper: EntryKeeper) {
    this.id = id;
    this.fields = fields;
    this.deliveries = deliveries;
    this.#keeper = keeper;
  }

  acknowledge(): Promise<boolean> {
    this.#answer ??= this.#keeper.acknowledge(this.id);
    return this.#answer;
  }

  reject(rejection: Rejection): Promise<boolean> {
    this.#answer ??= this.#keeper.reject(this, rejection);
    return this.#answer;
  }
}
