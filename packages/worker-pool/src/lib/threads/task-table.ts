/** What a thread can do: functions by name. They may return promises. */
export type TaskTable = Readonly<Record<string, (...args: never[]) => unknown>>;

/** A function of a table as its thread calls it. */
export type AnyTask = (...args: readonly unknown[]) => unknown;
