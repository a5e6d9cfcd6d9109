/** What a thread can do: functions by name. They may return promises. */
export type TaskTable = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a thread can do, as far as one knows without the type of its tasks: any name, any arguments. */
export type AnyTasks = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** A function of a table as its thread calls it. */
export type AnyTask = (...args: readonly unknown[]) => unknown;
