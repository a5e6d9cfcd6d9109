const IS_SOURCE = import.meta.url.endsWith(".ts");

/** Where the compiled files of threads are: beside the compiled cases, or where the tests put theirs. */
export const THREADS_FOLDER: URL = new URL(IS_SOURCE ? "../../node_modules/.cache/threads/" : "./", import.meta.url);

/** A file that a thread can load as it is. */
export function threadFile(name: "thread-disp" | "thread-by-hand"): URL {
  return new URL(`${name}.js`, THREADS_FOLDER);
}
