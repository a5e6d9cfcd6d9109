import { checkNumber, checkOptions, type OptionNames } from "@disp/options";

/** Options of a {@link Deque}. */
export interface DequeOptions {
  /**
   * How many slots an empty deque keeps: a hint, for a deque that outgrows it adds segments and copies nothing. A hint
   * above 65,536 counts as 65,536.
   *
   * @defaultValue 16
   */
  readonly initialCapacity?: number | undefined;
}

/** The defaults of {@link DequeOptions}. */
export const DEQUE_DEFAULTS: { readonly [Name in keyof DequeOptions]-?: number } = Object.freeze({
  initialCapacity: 16,
});

const NAMES: OptionNames<DequeOptions> = { initialCapacity: true };

/** Large enough that changing segments is rare, small enough (16 KB) to be allocated like any young object. */
const LARGEST_SEGMENT = 2_048;
const SMALLEST_SEGMENT = 16;
const LARGEST_HINT = 65_536;

/**
 * A double-ended queue: O(1) at both ends, however large it grows. It keeps its items in linked segments, so growing
 * never copies, and an emptied deque is back at its first size.
 *
 * Take it where an array would be shifted, and a {@link SyncQueue} where somebody waits for the items. Every value is an
 * item, `undefined` included: let `size` tell an `undefined` item from none.
 *
 * @typeParam T - What the deque holds.
 *
 * @example
 * ```ts
 * import { Deque } from "@disp/sync-queue";
 *
 * const deque = new Deque<string>();
 * deque.pushBack("b");
 * deque.pushBack("c");
 * deque.pushFront("a");
 * deque.popFront(); // => "a"
 * deque.popBack(); // => "c"
 * [...deque]; // => ["b"]
 * ```
 */
export class Deque<T> implements Iterable<T> {
  // Invariant: while there are items, slot #start of #head holds the first and slot #end - 1 of #tail the last, and
  // both segments hold an item. An empty deque stands on #home with #start = #end = 0.
  readonly #home: Segment<T>;
  #head: Segment<T>;
  #tail: Segment<T>;
  // The slots of #head and #tail: one step nearer for every push and pop, which takes a fifth off their time.
  #headSlots: (T | undefined)[];
  #tailSlots: (T | undefined)[];
  #start = 0;
  #end = 0;
  #size = 0;
  #capacity: number;
  // The segment left last, so that a deque in steady state allocates nothing.
  #spare: Segment<T> | undefined = undefined;

  /**
   * Makes an empty deque.
   *
   * @throws TypeError or RangeError that names the option.
   */
  constructor(options: DequeOptions = {}) {
    checkOptions("create a Deque", "options", options, NAMES);
    const { initialCapacity = DEQUE_DEFAULTS.initialCapacity } = options;
    checkNumber("create a Deque", "initialCapacity", initialCapacity, { whole: true, min: 1 });
    this.#home = new Segment(Math.min(initialCapacity, LARGEST_HINT));
    this.#head = this.#home;
    this.#tail = this.#home;
    this.#headSlots = this.#home.slots;
    this.#tailSlots = this.#home.slots;
    this.#capacity = this.#home.slots.length;
  }

  /** How many items it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many slots it has allocated at present, the free ones included. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Adds `item` behind the last. */
  pushBack(item: T): void {
    if (this.#end === this.#tailSlots.length) this.#growBack();
    this.#tailSlots[this.#end++] = item;
    this.#size++;
  }

  /** Adds `item` in front of the first. */
  pushFront(item: T): void {
    if (this.#size === 0) {
      this.pushBack(item);
      return;
    }
    if (this.#start === 0) this.#growFront();
    this.#headSlots[--this.#start] = item;
    this.#size++;
  }

  /** Takes the first item out. Returns undefined when there is none. */
  popFront(): T | undefined {
    const size = this.#size;
    if (size === 0) return undefined;
    const slots = this.#headSlots;
    const start = this.#start;
    const item = slots[start];
    // What was taken out must not be kept alive from here.
    slots[start] = undefined;
    this.#start = start + 1;
    this.#size = size - 1;
    if (size === 1) this.#reset();
    else if (start + 1 === slots.length) this.#leaveHead();
    return item;
  }

  /** Takes the last item out. Returns undefined when there is none. */
  popBack(): T | undefined {
    const size = this.#size;
    if (size === 0) return undefined;
    const slots = this.#tailSlots;
    const last = this.#end - 1;
    const item = slots[last];
    slots[last] = undefined;
    this.#end = last;
    this.#size = size - 1;
    if (size === 1) this.#reset();
    else if (last === 0) this.#leaveTail();
    return item;
  }

  /** The first item, or undefined when there is none. */
  peekFront(): T | undefined {
    return this.#size === 0 ? undefined : this.#headSlots[this.#start];
  }

  /** The last item, or undefined when there is none. */
  peekBack(): T | undefined {
    return this.#size === 0 ? undefined : this.#tailSlots[this.#end - 1];
  }

  /** Takes everything out and returns it, first to last. */
  clear(): T[] {
    const items: T[] = [];
    while (this.#size > 0) items.push(this.popFront() as T);
    return items;
  }

  /** Goes through the items, first to last, and leaves them inside. Do not change the deque meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    let segment = this.#head;
    let index = this.#start;
    for (let left = this.#size; left > 0; left--) {
      if (index === segment.slots.length && segment.next !== undefined) {
        segment = segment.next;
        index = 0;
      }
      yield segment.slots[index++] as T;
    }
  }

  #growBack(): void {
    const segment = this.#freeSegment();
    segment.previous = this.#tail;
    this.#tail.next = segment;
    this.#endAt(segment, 0);
  }

  #growFront(): void {
    const segment = this.#freeSegment();
    segment.next = this.#head;
    this.#head.previous = segment;
    this.#startAt(segment, segment.slots.length);
  }

  /** A new segment is as large as what is held already: slots stay in proportion to items, at amortised O(1). */
  #freeSegment(): Segment<T> {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    const length = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, this.#size));
    this.#capacity += length;
    return new Segment(length);
  }

  #leaveHead(): void {
    const left = this.#head;
    const next = left.next;
    if (next === undefined) return;
    next.previous = undefined;
    this.#startAt(next, 0);
    this.#retire(left);
  }

  #leaveTail(): void {
    const left = this.#tail;
    const previous = left.previous;
    if (previous === undefined) return;
    previous.next = undefined;
    this.#endAt(previous, previous.slots.length);
    this.#retire(left);
  }

  #retire(left: Segment<T>): void {
    // Cut off, or a dead segment that grew old would keep its dead neighbours from being collected.
    left.next = undefined;
    left.previous = undefined;
    if (left === this.#home) return;
    const spare = this.#spare;
    if (spare === undefined) {
      this.#spare = left;
      return;
    }
    const isLarger = left.slots.length > spare.slots.length;
    this.#capacity -= isLarger ? spare.slots.length : left.slots.length;
    if (isLarger) this.#spare = left;
  }

  #startAt(segment: Segment<T>, slot: number): void {
    this.#head = segment;
    this.#headSlots = segment.slots;
    this.#start = slot;
  }

  #endAt(segment: Segment<T>, slot: number): void {
    this.#tail = segment;
    this.#tailSlots = segment.slots;
    this.#end = slot;
  }

  #reset(): void {
    const home = this.#home;
    if (this.#capacity === home.slots.length) {
      // Nothing but #home was ever needed.
      this.#start = 0;
      this.#end = 0;
      return;
    }
    home.next = undefined;
    home.previous = undefined;
    this.#startAt(home, 0);
    this.#endAt(home, 0);
    this.#spare = undefined;
    this.#capacity = home.slots.length;
  }
}

class Segment<T> {
  readonly slots: (T | undefined)[];
  next: Segment<T> | undefined = undefined;
  previous: Segment<T> | undefined = undefined;

  constructor(length: number) {
    this.slots = new Array<T | undefined>(length);
    // One kind of elements for all segments from the start: arrays that turn from numbers into objects are slow.
    this.slots[0] = undefined;
  }
}
