export { TimeHeap, type Timed } from "./lib/time-heap.ts";
