/** So many places are looked at with each key that is taken: more than are added, so the hand comes round. */
const LOOKS = 2;

/** A key that is taken. */
export class Place {
  readonly key: string;
  /** It is free at this very time. */
  until: number;
  isOwned = true;

  constructor(key: string, until: number) {
    this.key = key;
    this.until = until;
  }
}

/**
 * The rules of holds, for one process: who has a key, and until when. It has no timer. A hand goes round and takes out
 * what has ended, two places with each key that is taken, so all that has ended is gone after one and a half times as
 * many takings as there are places.
 */
export class HoldBook {
  #places = new Map<string, Place>();
  #hand = this.#places.values();

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
    if (this.isHeld(key, now)) return undefined;
    const place = new Place(key, now + ms);
    this.#places.set(key, place);
    return place;
  }

  /** @returns false when the hold has ended. */
  renew(place: Place, ms: number, now: number): boolean {
    if (!this.#owns(place, now)) return false;
    place.until = now + ms;
    return true;
  }

  release(place: Place, remainingMs: number, now: number): void {
    if (!this.#owns(place, now)) return;
    place.isOwned = false;
    place.until = now + remainingMs;
    if (remainingMs === 0) this.#places.delete(place.key);
  }

  /** All keys are free, and nobody owns any. */
  clear(): void {
    this.#places = new Map();
    this.#hand = this.#places.values();
  }

  #owns(place: Place, now: number): boolean {
    return place.isOwned && place.until > now && this.#places.get(place.key) === place;
  }

  #tidy(now: number): void {
    if (this.#places.size === 0) return;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const { value, done } = this.#hand.next();
      if (done === true) {
        this.#hand = this.#places.values();
        return;
      }
      if (value.until <= now) this.#places.delete(value.key);
    }
  }
}
