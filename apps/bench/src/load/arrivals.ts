/** The times at which items arrive, in ms from 0, as if each came without knowing of the others: a Poisson process. */
export function poissonArrivals(count: number, perSecond: number): Float64Array {
  const random = seededRandom(20);
  const times = new Float64Array(count);
  let now = 0;
  for (let i = 0; i < count; i++) {
    now -= (Math.log(1 - random()) * 1_000) / perSecond;
    times[i] = now;
  }
  return times;
}

/** Numbers from 0 to below 1, the same ones each time: mulberry32, by Tommy Ettinger. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
