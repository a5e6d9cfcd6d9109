import { ThreadWorker } from "poolifier";

/** What a thread of poolifier does. */
export default new ThreadWorker((value) => value);
