import { refusalOf } from "../database-errors.ts";
import type { Insert } from "../store-batch.ts";

/** How the database does. */
export interface SinkHealth {
  /** Statements that ended, one way or the other. */
  readonly statements: number;
  readonly failed: number;
  /** Why the last statement failed; undefined: it did not. A code and no message, which might name hosts and users. */
  readonly trouble: string | undefined;
}

/** Looks on while statements run. */
export class SinkWatch {
  #statements = 0;
  #failed = 0;
  #trouble: string | undefined;

  get health(): SinkHealth {
    return { statements: this.#statements, failed: this.#failed, trouble: this.#trouble };
  }

  over(insert: Insert): Insert {
    return async (rows, options) => {
      try {
        const inserted = await insert(rows, options);
        this.#answered();
        return inserted;
      } catch (error) {
        // A database that finds fault with a row is well.
        if (refusalOf(error) !== undefined) this.#answered();
        else this.#failedWith(error);
        throw error;
      }
    };
  }

  #answered(): void {
    this.#statements++;
    this.#trouble = undefined;
  }

  #failedWith(error: unknown): void {
    this.#statements++;
    this.#failed++;
    this.#trouble = codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  const code = "code" in error ? String(error.code) : error.name;
  return /^\w{1,40}$/.test(code) ? code : "UNKNOWN";
}
