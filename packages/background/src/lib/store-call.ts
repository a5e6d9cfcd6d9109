/** Calls a store. One that throws, against its contract, counts as one that rejects. */
export function callStore<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
  }
}
