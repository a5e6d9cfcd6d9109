import { setImmediate as nextTurn } from "node:timers/promises";
import { Deliveries } from "./deliveries.ts";
import {
  byDispatcher,
  byStream,
  byCargoQueue,
  byPQueue,
  type Door,
  type DoorParticipant,
  type DoorSetUp,
  ROOM,
} from "./doors.ts";
import { CallOrder } from "./order.ts";
import { rowOf } from "./rows.ts";
import type { Row, Study } from "../study.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

const PRODUCERS = 100;

/** In so many microtasks after each send, the one in a hurry tries its luck. */
const TRIES = 10;

const COLUMNS = [
  "in a hurry",
  "luckiest producer",
  "unluckiest producer",
  "places lost",
  "tryPush taken",
  "inside at most",
  "lost",
  "twice",
];

const PARTICIPANTS: readonly DoorParticipant[] = [byDispatcher, byStream, byPQueue, byCargoQueue];

export const fairness: Study = {
  name: "fairness of waiting pushes",
  about:
    `${PRODUCERS} producers push one item after the other, each waiting for room, which there is for ${ROOM} items. Producers ` +
    "are compared by the items they got in; places lost: so many that were called later than one of them came out before " +
    "it. In a hurry: somebody else takes what room he finds (tryPush), without waiting, after each send.",
  columns: COLUMNS,
  async run(stage) {
    const count = stage.isSmoke ? 2_000 : 20_000;
    const rows: Row[] = [];
    for (const hurried of [false, true]) {
      for (const participant of PARTICIPANTS) {
        const row = await rowOf(
          participant,
          stage,
          { lead: [hurried ? "yes" : "no"], width: COLUMNS.length },
          async (setUp) => {
            const crowd = new Crowd(count, hurried);
            await crowd.run(setUp);
            if (participant.kind === "ours") crowd.mustBeFair();
            return crowd.cells();
          },
        );
        rows.push(row);
      }
    }
    return rows;
  },
};

class Crowd {
  readonly #order: CallOrder;
  readonly #deliveries: Deliveries;
  readonly #count: number;
  readonly #hurried: boolean;
  /** What each producer got in. */
  readonly #got = new Array<number>(PRODUCERS).fill(0);
  #snatched = 0;
  #peak = 0;

  constructor(count: number, hurried: boolean) {
    this.#count = count;
    this.#hurried = hurried;
    this.#order = new CallOrder(count);
    this.#deliveries = new Deliveries(count);
  }

  async run(setUp: DoorSetUp): Promise<void> {
    const door: Door = setUp(async (items) => {
      this.#peak = Math.max(this.#peak, door.inside());
      this.#order.see(items);
      await nextTurn();
      this.#deliveries.deliver(items, 0);
      if (this.#hurried) void this.#hurry((item) => door.tryPush(item));
    });
    await Promise.all(this.#got.map((_, producer) => this.#produce(producer, (item) => door.push(item))));
    await door.end();
  }

  async #produce(producer: number, push: (item: number) => Promise<void>): Promise<void> {
    while (!this.#order.isOver) {
      await push(this.#order.take());
      this.#got[producer] = (this.#got[producer] ?? 0) + 1;
    }
  }

  async #hurry(tryPush: (item: number) => boolean): Promise<void> {
    for (let i = 0; i < TRIES; i++) {
      if (this.#order.attempt(tryPush)) this.#snatched++;
      await Promise.resolve();
    }
  }

  mustBeFair(): void {
    expectSame("delivered", this.#deliveries.delivered, this.#count);
    expectSame("delivered twice", this.#deliveries.twice, 0);
    expectSame("places lost", this.#order.placesLost, 0);
    const difference = Math.max(...this.#got) - Math.min(...this.#got);
    if (difference > 1) throw new WrongResultError(`one producer got ${difference} items in more than another`);
    if (this.#peak > ROOM) throw new WrongResultError(`${this.#peak} items were inside, which has room for ${ROOM}`);
  }

  cells(): Row["cells"] {
    return [
      Math.max(...this.#got),
      Math.min(...this.#got),
      this.#order.placesLost,
      this.#snatched,
      this.#peak,
      this.#count - this.#deliveries.delivered,
      this.#deliveries.twice,
    ];
  }
}
