/**
 * Redis did not do what it was asked to, and nothing is wrong with the question: there was no connection, no answer in
 * time, or the server could not serve just then. Whether a command that got no answer was carried out, nobody knows.
 */
export class RedisUnavailableError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "RedisUnavailableError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_REDIS_UNAVAILABLE";
  /** The command that was asked for, such as `"EVALSHA"`. */
  readonly command: string;
  /**
   * `"timeout"`: no answer within the time budget. `"connection"`: the client had none or lost it; see `cause`.
   * `"server"`: the server is there and cannot serve, since it is loading or has lost its master, say; see `cause`.
   *
   * A client of ioredis goes on trying, so that with it a refused connection, an unknown host or a missing password is a
   * `"timeout"`: what is wrong is said by the client's `"error"` event.
   */
  readonly reason: "timeout" | "connection" | "server";

  /** @internal */
  constructor(command: string, reason: RedisUnavailableError["reason"], got: string, cause?: unknown) {
    super(`Cannot run ${command}: Redis must answer, got ${got}`, cause === undefined ? undefined : { cause });
    this.command = command;
    this.reason = reason;
  }
}
