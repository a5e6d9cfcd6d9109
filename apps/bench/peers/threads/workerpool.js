import workerpool from "workerpool";

/** What a thread of workerpool does. */
workerpool.worker({ echo: (value) => value });
