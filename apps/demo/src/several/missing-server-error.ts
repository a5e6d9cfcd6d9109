/** There is no PostgreSQL or no Redis, and none can be started. */
export class MissingServerError extends Error {
  override readonly name = "MissingServerError";
}
