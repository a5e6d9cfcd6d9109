/** A table that has held more keys than this is replaced once it is empty: the memory of its growth goes back. */
const FEW = 1_024;
/** So many places are looked at with each key that is taken: more than are added, so the hand comes round. */
const LOOKS = 2;

/** A key that is taken. */
export class Place {
  readonly key: string;
  /** It is free at this very time. */
  until: number;
  readonly generation: number;
  isOwned = true;

  constructor(key: string, until: number, generation: number) {
    this.key = key;
    this.until = until;
    this.generation = generation;
  }
}

/**
 * The rules of holds, for one process: who has a key, and until when. It has no timer. A hand goes round and takes out
 * what has ended, two places with each key that is taken, so all that has ended is gone after one and a half times as
 * many takings as there are places.
 */
export class HoldBook {
  #places = new Map<string, Place>();
  /** None while there are no places: a hand that rests would keep every table alive that the map has outgrown since. */
  #hand: ReturnType<Map<string, Place>["values"]> | undefined = undefined;
  /** The most places since the table was made. */
  #most = 0;
  #generation = 0;

  /** How many places there are, those included that have ended and were not taken out yet. */
  get size(): number {
    return this.#places.size;
  }

  isHeld(key: string, now: number): boolean {
    const place = this.#places.get(key);
    return place !== undefined && place.until > now;
  }

  /** @returns undefined when somebody has the key. */
  take(key: string, ms: number, now: number): Place | undefined {
    this.#tidy(now);
    const before = this.#places.get(key);
    if (before !== undefined) {
      if (before.until > now) return undefined;
      before.isOwned = false;
    }
    const place = new Place(key, now + ms, this.#generation);
    this.#places.set(key, place);
    if (this.#places.size > this.#most) this.#most = this.#places.size;
    return place;
  }

  /** @returns false when the hold has ended. */
  renew(place: Place, ms: number, now: number): boolean {
    if (!this.#isOwned(place) || place.until <= now) return false;
    place.until = now + ms;
    return true;
  }

  /** Ends the ownership; the key stays taken for so long. */
  release(place: Place, remainingMs: number, now: number): void {
    if (!this.#isOwned(place) || place.until <= now) return;
    place.isOwned = false;
    place.until = now + remainingMs;
  }

  /** Ends the ownership and the hold. It needs no time: a hold that has ended is as free as one that is freed. */
  free(place: Place): void {
    if (this.#isOwned(place)) this.#remove(place);
  }

  /** All keys are free, and nobody owns any. @returns the number of the new generation. */
  bump(): number {
    this.#startAnew();
    this.#generation += 1;
    return this.#generation;
  }

  // Invariant: a place that is owned, and of the present generation, is in the book. So nobody has to look it up.
  #isOwned(place: Place): boolean {
    return place.isOwned && place.generation === this.#generation;
  }

  #remove(place: Place): void {
    place.isOwned = false;
    this.#places.delete(place.key);
    if (this.#places.size > 0) return;
    this.#hand = undefined;
    if (this.#most > FEW) this.#startAnew();
  }

  #startAnew(): void {
    this.#places = new Map();
    this.#hand = undefined;
    this.#most = 0;
  }

  #tidy(now: number): void {
    for (let looks = 0; looks < LOOKS && this.#places.size > 0; looks += 1) {
      this.#hand ??= this.#places.values();
      const { value, done } = this.#hand.next();
      if (done === true) {
        this.#hand = undefined;
        return;
      }
      if (value.until <= now) this.#remove(value);
    }
  }
}
